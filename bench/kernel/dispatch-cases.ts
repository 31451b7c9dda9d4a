import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { createKernel } from '@agent-factory/kernel';
import {
  defineHook,
  defineSyncHook,
  type AnyHook,
  type HookErrorPolicy,
  type InMemoryPlugin,
} from '@agent-factory/sdk';
import {
  importPeer,
  loadPeer,
  type Cordis,
  type FastifyHooks,
  type Hookable,
  type Tapable,
} from './peers.ts';

/** One way to call a number of taps. The first of each mode is the baseline. */
export interface DispatchCase {
  readonly mode: 'sync' | 'async';
  readonly name: string;
  /** Sets everything up and returns the call to measure. */
  prepare(taps: number): Promise<() => unknown>;
}

// The smallest tap with an effect. Each is a closure of its own, as taps of different plugins are.
const counter = { total: 0 };
const plain = (count: number): ((input: number) => void)[] =>
  Array.from({ length: count }, () => (input: number) => {
    counter.total += input;
  });
const promising = (count: number): ((input: number) => Promise<void>)[] =>
  Array.from({ length: count }, () => async (input: number) => {
    counter.total += input;
  });

/** All cases, baselines first. */
export const dispatchCases: readonly DispatchCase[] = [
  {
    mode: 'sync',
    name: 'plain loop',
    async prepare(count) {
      const taps = plain(count);
      return () => {
        for (let at = 0; at < taps.length; at++) taps[at]?.(1);
      };
    },
  },
  { mode: 'sync', name: 'Agent Factory', prepare: (count) => ours('sync', 'fail', plain(count)) },
  {
    mode: 'sync',
    name: 'Agent Factory, isolating',
    prepare: (count) => ours('sync', 'isolate', plain(count)),
  },
  {
    mode: 'sync',
    name: 'tapable SyncHook',
    async prepare(count) {
      const hook = new (loadPeer<Tapable>('tapable').SyncHook)(['input']);
      for (const [at, tap] of plain(count).entries()) hook.tap(`plugin-${at}`, tap);
      return () => hook.call(1);
    },
  },
  {
    mode: 'sync',
    name: 'EventEmitter',
    async prepare(count) {
      const emitter = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
      for (const tap of plain(count)) emitter.on('event', tap);
      return () => emitter.emit('event', 1);
    },
  },
  { mode: 'sync', name: 'cordis 4 emit', prepare: (count) => cordis('cordis4', 'emit', plain(count)) },
  { mode: 'sync', name: 'cordis 3 emit', prepare: (count) => cordis('cordis3', 'emit', plain(count)) },
  {
    mode: 'async',
    name: 'await loop',
    async prepare(count) {
      const taps = promising(count);
      return async () => {
        for (let at = 0; at < taps.length; at++) await taps[at]?.(1);
      };
    },
  },
  { mode: 'async', name: 'Agent Factory', prepare: (count) => ours('async', 'fail', promising(count)) },
  {
    mode: 'async',
    name: 'Agent Factory, isolating',
    prepare: (count) => ours('async', 'isolate', promising(count)),
  },
  {
    mode: 'async',
    name: 'fastify request hooks',
    async prepare(count) {
      const { onRequestHookRunner } = loadPeer<FastifyHooks>('fastify/lib/hooks.js');
      const taps = Array.from({ length: count }, () => async () => {
        counter.total += 1;
      });
      return () => new Promise<void>((resolve) => onRequestHookRunner(taps, {}, { sent: false }, resolve));
    },
  },
  {
    mode: 'async',
    name: 'tapable AsyncSeriesHook',
    async prepare(count) {
      const hook = new (loadPeer<Tapable>('tapable').AsyncSeriesHook)(['input']);
      for (const [at, tap] of promising(count).entries()) hook.tapPromise(`plugin-${at}`, tap);
      return () => hook.promise(1);
    },
  },
  {
    mode: 'async',
    name: 'hookable callHook',
    async prepare(count) {
      const hooks = (await importPeer<Hookable>('hookable')).createHooks();
      for (const tap of promising(count)) hooks.hook('event', tap);
      return async () => hooks.callHook('event', 1);
    },
  },
  {
    mode: 'async',
    name: 'cordis 4 serial',
    prepare: (count) => cordis('cordis4', 'serial', promising(count)),
  },
  {
    mode: 'async',
    name: 'cordis 3 serial',
    prepare: (count) => cordis('cordis3', 'serial', promising(count)),
  },
];

/** What the cases of a mode are compared with: the first of them. */
export function baselineOf(mode: 'sync' | 'async'): DispatchCase {
  const found = dispatchCases.find((one) => one.mode === mode);
  if (found === undefined) throw new Error(`There are no ${mode} cases.`);
  return found;
}

/** A booted kernel: one plugin owns the hook, each tap belongs to a plugin of its own. */
async function ours(
  mode: 'sync' | 'async',
  onError: HookErrorPolicy,
  taps: readonly ((input: number) => void | Promise<void>)[],
): Promise<() => unknown> {
  const id = 'bench.onEvent';
  const hook: AnyHook =
    mode === 'sync'
      ? defineSyncHook({ id, kind: 'series', onError })
      : defineHook({ id, kind: 'series', onError });
  let call: ((input: never) => unknown) | undefined;
  const memory: InMemoryPlugin[] = [
    {
      manifest: { id: 'owner', name: 'owner', version: '1.0.0', kernel: '*', hooks: { defines: [id] } },
      plugin: {
        setup: (ctx) => {
          call = ctx.hook(hook) as typeof call; // its input and result do not matter here
        },
      },
    },
    ...taps.map((tap, at) => ({
      manifest: { id: `p${at}`, name: `p${at}`, version: '1.0.0', kernel: '*', hooks: { taps: [id] } },
      plugin: { setup: (ctx: { tap(hook: AnyHook, tap: unknown): void }) => ctx.tap(hook, tap) },
    })),
  ];
  const plugins = memory.map(({ manifest }) => manifest.id);
  const config = { plugins, dataDir: tmpdir(), log: { level: 'silent' as const } };
  await createKernel({ config, memory, lock: false, env: {} }).start();
  return () => call?.(1 as never); // as above
}

async function cordis(
  version: 'cordis3' | 'cordis4',
  how: 'emit' | 'serial',
  taps: readonly ((input: number) => unknown)[],
): Promise<() => unknown> {
  const ctx = new (await importPeer<Cordis>(version)).Context();
  for (const tap of taps) ctx.on('event', tap);
  return how === 'emit' ? () => ctx.emit('event', 1) : async () => ctx.serial('event', 1);
}
