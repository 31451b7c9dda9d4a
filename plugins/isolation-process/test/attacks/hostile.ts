import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Isolation, type InMemoryPlugin, type IsolationLevel, type PluginContext } from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import type { IsolationProcessConfig } from '../../src/config.ts';
import { ProcessIsolation } from '../../src/process-isolation.ts';
import { makeRunnerKit, type RunnerKit } from '../../src/runner-kit.ts';
import { RunnerPool } from '../../src/runner-pool.ts';
import { settings } from '../support/settings.ts';
import { skipUnoffered } from '../support/skip-unoffered.ts';

/** What an attack says of itself. */
interface Attempted {
  /** How many ways were tried. */
  readonly tried: number;
  /** Which of them worked. */
  readonly worked: readonly string[];
  readonly found?: string;
  /** Whether it ran as plain Node code. */
  readonly raw?: boolean;
}

/** Where the code of an attack runs: inside vm2, or, as if that had failed, in the runner's own realm. */
export type Mode = 'in the sandbox' | 'as if vm2 had failed';

const kits = new Map<Mode, Promise<RunnerKit>>();

/** The files of a runner, made once; in one of them vm2 is gone, and what it would run has all that the process has. */
function kitFor(mode: Mode): Promise<RunnerKit> {
  const known = kits.get(mode);
  if (known) return known;
  const made = makeRunnerKit().then((kit) => {
    process.on('exit', kit.remove);
    const code = `const vm = require('node:vm'); delete globalThis.crypto; exports.VM = class { run(code) { return vm.runInThisContext(code); } };`;
    if (mode === 'as if vm2 had failed') writeFileSync(join(kit.folder, 'node_modules/vm2/index.js'), code);
    return { ...kit, remove() {} };
  });
  kits.set(mode, made);
  return made;
}

/** Isolation for a test kernel: at exactly this level. */
function isolationAt(
  level: IsolationLevel,
  mode: Mode,
  config: Partial<IsolationProcessConfig> = {},
): InMemoryPlugin {
  return {
    manifest: {
      id: 'isolation-process',
      name: 'isolation-process',
      version: '1.0.0',
      kernel: '*',
      provides: { isolation: '1.0.0' },
    },
    plugin: {
      setup(ctx: PluginContext) {
        const whole = { ...settings, ...config, strongest: level };
        const isolation = new ProcessIsolation(whole, ctx.log, new RunnerPool(whole, () => kitFor(mode)));
        ctx.own(() => isolation.close());
        ctx.provide(Isolation, isolation);
      },
    },
  };
}

/** Skips the tests of a level that this machine does not offer, and says why. */
export function skipWithout(test: Mocha.Context, level: IsolationLevel): Promise<void> {
  return skipUnoffered(test, level, new RunnerPool(settings, () => kitFor('in the sandbox')), [level]);
}

/** A platform that runs the hostile plugin. */
export interface Besieged {
  readonly kernel: TestKernel;
  attack(name: string, input?: object, context?: Partial<ToolCallContext>): Promise<Attempted>;
  /** How the hostile plugin stands. */
  state(): Promise<Awaited<ReturnType<Isolation['plugins']>>[number]>;
}

/** Boots it; `beside` are plugins that mean no harm. */
export async function besiege(
  level: IsolationLevel,
  mode: Mode,
  {
    config = {},
    granted = [],
    beside = [],
  }: {
    config?: Partial<IsolationProcessConfig>;
    granted?: readonly string[];
    beside?: readonly InMemoryPlugin[];
  } = {},
): Promise<Besieged> {
  const hostile = { use: join(import.meta.dirname, '../fixtures/hostile'), isolation: level };
  const kernel = await bootTestKernel({
    plugins: [isolationAt(level, mode, config), ...beside, hostile],
    grants: { hostile: granted },
  });
  return {
    kernel,
    attack(name, input = {}, context = {}) {
      const tool = kernel
        .all(Tool)
        .find(({ plugin, value }) => plugin === 'hostile' && value.name === name)?.value;
      if (!tool) throw new Error(`there is no attack ${name}`);
      return tool.run(input as never, { ...callContext(), ...context }) as Promise<never>; // as the fixture gives it
    },
    async state() {
      const found = (await kernel.use(Isolation).plugins()).find(({ id }) => id === 'hostile');
      if (!found) throw new Error('the hostile plugin is not there');
      return found;
    },
  };
}

/** A context for a tool call. */
function callContext(): ToolCallContext {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  return {
    signal: new AbortController().signal,
    runId: 'run-1',
    tenant: 'default',
    idempotencyKey: 'key-1',
    log,
  };
}
