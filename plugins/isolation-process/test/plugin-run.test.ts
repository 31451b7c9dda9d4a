import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createPeer, messageKinds, peerParts, type Peer } from '@agent-factory/sdk/bridge';
import { silentLog } from '@agent-factory/sdk/testing';
import { callDepth, PluginRun, type Booted } from '../src/plugin-run.ts';
import type { RunnerProcess } from '../src/runner-process.ts';
import { settings } from './support/settings.ts';

/** A run whose plugin lives in this process, behind a bridge. */
interface Stage {
  readonly run: PluginRun;
  /** Calls the plugin has not answered, by what answers each. */
  readonly held: ((value: unknown) => void)[];
  /** Lets the plugin start. */
  start(): void;
  /** Ends its process. */
  crash(): void;
}

/** Its only function holds each call until the test answers it; one with a `stream` answers with one. */
function stage(maxCalls: number, now = () => 0): Stage {
  const held: Stage['held'] = [];
  const ends: Peer[] = [];
  const end = (to: number): Peer =>
    createPeer(
      {
        kinds: messageKinds,
        send: (...message) => queueMicrotask(() => ends[to]?.receive(...message)),
        violated: (reason) => assert.fail(reason),
        failure: ({ message }) => new Error(message),
        controller: () => new AbortController(),
        now: () => 0,
        maxFunctions: 10,
        maxServing: 1000,
        window: 1,
      },
      peerParts,
    );
  const [peer, plugin] = [end(1), end(0)];
  ends.push(peer, plugin);
  const answer = (): Promise<unknown> => new Promise((resolve) => held.push(resolve));
  const number = plugin.lend(async (input?: { stream?: boolean }) => {
    if (!input?.stream) return answer();
    return (async function* () {
      yield await answer();
    })();
  });
  const runner = { peer, isOver: false, pid: 1 } as RunnerProcess; // all that a run looks at
  const started = Promise.withResolvers<void>();
  const run = new PluginRun({
    plugin: 'held@1.0.0',
    level: 'L1',
    limits: { ...settings, maxCalls },
    log: silentLog,
    now,
    boot: async (): Promise<Booted> => {
      await started.promise;
      return { runner, functions: [number], dispose: number };
    },
  });
  return { run, held, start: () => started.resolve(), crash: () => run.ended(runner, 'it was killed') };
}

const code = (call: PromiseLike<unknown>): Promise<string> =>
  Promise.resolve(call).then(
    (value) => `answered ${String(value)}`,
    (error: { code?: string }) => String(error.code),
  );

describe('calls into one isolated plugin', () => {
  it('are no more at once than they may be, while it is being started too; the rest wait', async () => {
    const { run, held, start } = stage(2);
    const calls = [1, 2, 3, 4, 5].map(() => code(run.call(0, [{}])));
    start();
    await turn();
    assert.equal(held.length, 2);
    for (let at = 0; at < 5; at++) {
      held[at]?.(at);
      await turn();
      assert.equal(held.length, Math.min(5, at + 3));
    }
    assert.deepEqual(
      await Promise.all(calls),
      [0, 1, 2, 3, 4].map((at) => `answered ${at}`),
    );
  });

  it('are refused when ten times as many wait', async () => {
    const { run, held, start } = stage(1);
    start();
    await run.start();
    const calls = Array.from({ length: 11 }, () => code(run.call(0, [{}])));
    assert.equal(await code(run.call(0, [{}])), 'AF_ISOLATION_BUSY');
    for (let at = 0; at < 11; at++) {
      held[at]?.('late');
      await turn();
    }
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['answered late']));
  });

  it('all fail when its process ends: those that wait as well', async () => {
    const { run, start, crash } = stage(1);
    start();
    await run.start();
    const calls = [1, 2, 3].map(() => code(run.call(0, [{}])));
    await turn();
    crash();
    assert.deepEqual(await Promise.all(calls), [
      'AF_ISOLATION_CRASHED',
      'AF_ISOLATION_RESTARTING',
      'AF_ISOLATION_RESTARTING',
    ]);
  });

  it('are refused, not kept waiting, where a plugin waits for them that it may itself be waited for', async () => {
    const { run, held, start } = stage(1);
    start();
    await run.start();
    const first = code(run.call(0, [{}]));
    assert.equal(await callDepth.run(1, () => code(run.call(0, [{}]))), 'AF_ISOLATION_BUSY');
    await turn();
    held[0]?.(1);
    assert.equal(await first, 'answered 1');
    assert.equal(await callDepth.run(8, () => code(run.call(0, [{}]))), 'AF_ISOLATION_DEPTH');
    const next = code(run.call(0, [{}]));
    await turn();
    held[1]?.(2);
    assert.equal(await next, 'answered 2', 'what was refused holds no place');
  });

  it('go on as long as their streams do', async () => {
    const { run, held, start } = stage(1);
    start();
    await run.start();
    const pieces: unknown[] = [];
    const reading = (async () => {
      for await (const piece of run.call(0, [{ stream: true, tenant: 'acme' }])) pieces.push(piece);
    })();
    await turn();
    assert.equal(run.serves('acme'), true);
    const next = code(run.call(0, [{}]));
    await turn();
    assert.equal(held.length, 1, 'the next call waits');
    held[0]?.('piece');
    await reading;
    assert.deepEqual(pieces, ['piece']);
    assert.equal(run.serves('acme'), false);
    await turn();
    held[1]?.(1);
    assert.equal(await next, 'answered 1');
  });
});

describe('an isolated plugin that crashes', () => {
  /** Its state after crashes this many milliseconds apart, with a start between each two. */
  const stateAfter = async (...pauses: number[]): Promise<string> => {
    let time = 0;
    const { run, start, crash } = stage(1, () => time);
    start();
    for (const ms of pauses) {
      time += ms;
      await run.start();
      crash();
    }
    return run.state().state;
  };

  it('is disabled when it did so five times within ten minutes, and no sooner', async () => {
    const minute = 60_000;
    assert.equal(await stateAfter(minute, minute, minute, minute), 'crashed');
    assert.equal(await stateAfter(minute, minute, minute, minute, minute), 'disabled');
    assert.equal(await stateAfter(0, 2 * minute, 2 * minute, 2 * minute, 4 * minute - 1), 'disabled');
    assert.equal(await stateAfter(0, 2 * minute, 2 * minute, 2 * minute, 4 * minute), 'crashed');
    assert.equal(await stateAfter(...Array<number>(50).fill(2.5 * minute)), 'crashed');
  });
});
