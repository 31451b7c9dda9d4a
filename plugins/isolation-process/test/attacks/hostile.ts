import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Isolation,
  type InMemoryPlugin,
  type IsolationLevel,
  type PluginContext,
  type PluginEntry,
} from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel, silentLog, type TestKernel } from '@agent-factory/sdk/testing';
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
  /** How the others failed: codes of errors by their names. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Whether it ran as plain Node code. */
  readonly raw?: boolean;
}

/** Where the code of an attack runs: inside vm2, or, as if that had failed, in the runner's own realm. */
export type Mode = 'in the sandbox' | 'as if vm2 had failed';

/** The secret of the plugin that means no harm. */
export const goodSecret = 'good-secret-5d1c';

const kits = new Map<Mode, Promise<RunnerKit>>();

/** The files of a runner, made once; in one of them vm2 is gone, and what it would run has all that the process has. */
function kitFor(mode: Mode): Promise<RunnerKit> {
  const known = kits.get(mode);
  if (known) return known;
  const made = makeRunnerKit().then((kit) => {
    process.on('exit', kit.remove);
    if (mode === 'as if vm2 had failed') withoutVm2(join(kit.folder, 'runner.js'));
    return { ...kit, remove() {} };
  });
  kits.set(mode, made);
  return made;
}

/** What stands for vm2 in the runner's script from now on runs everything in the runner's own realm. */
function withoutVm2(file: string): void {
  const vm2 = `function (exports, require) {
    const vm = require('node:vm');
    delete globalThis.crypto;
    globalThis.VM2_INTERNAL_STATE_DO_NOT_USE_OR_PROGRAM_WILL_FAIL = { handleException: (error) => error };
    exports.VM = class {
      run(code) { return vm.runInThisContext(code); }
      _runScript(script) { return script.runInThisContext(); }
    };
  }`;
  const modules = readFileSync(file, 'utf8').replace(/;\s*$/, '');
  writeFileSync(file, `Object.assign(${modules}, { vm2: ${vm2} })`);
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
  /** Calls the plugin that means no harm. */
  good(given: object): Promise<{ given: object; handle: string | null }>;
  /** How a plugin stands: the hostile one, or another. */
  state(id?: string): Promise<Awaited<ReturnType<Isolation['plugins']>>[number]>;
}

/** How a siege is set up. */
export interface SiegeOptions {
  /** Settings of isolation-process. */
  readonly config?: Partial<IsolationProcessConfig>;
  /** What the hostile plugin was granted. */
  readonly granted?: readonly string[];
  /** Trusted plugins beside it, some by their folders. */
  readonly beside?: readonly (InMemoryPlugin | PluginEntry | string)[];
  /** Whether an isolated plugin that means no harm runs beside it, with a secret. */
  readonly good?: boolean;
  /** What the hostile plugin does in its setup. */
  readonly setup?: string;
  /** The least level it runs at. Default: the one of the siege. */
  readonly least?: IsolationLevel;
}

/** Boots a platform with the hostile plugin in it. */
export async function besiege(
  level: IsolationLevel,
  mode: Mode,
  { config = {}, granted = [], beside = [], good = false, setup = 'none', least = level }: SiegeOptions = {},
): Promise<Besieged> {
  const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
  const neighbour = {
    use: fixture('good'),
    isolation: level,
    config: { token: '${secret:env:GOOD_TOKEN}' },
  };
  const hostile = { use: fixture('hostile'), isolation: least, config: { setup } };
  const kernel = await bootTestKernel({
    plugins: [isolationAt(level, mode, config), ...beside, ...(good ? [neighbour] : []), hostile],
    grants: { hostile: granted },
    env: { GOOD_TOKEN: goodSecret },
  });
  const toolOf = (id: string, name: string): Tool => {
    const tool = kernel.all(Tool).find(({ plugin, value }) => plugin === id && value.name === name)?.value;
    if (!tool) throw new Error(`${id} has no tool ${name}`);
    return tool;
  };
  return {
    kernel,
    attack(name, input = {}, context = {}) {
      const given = { ...callContext(), ...context };
      return toolOf('hostile', name).run(input as never, given) as Promise<never>; // as the fixture gives it
    },
    good(given) {
      return toolOf('good', 'good').run(given as never, callContext()) as Promise<never>; // as above
    },
    async state(id = 'hostile') {
      const found = (await kernel.use(Isolation).plugins()).find((one) => one.id === id);
      if (!found) throw new Error(`the plugin ${id} is not there`);
      return found;
    },
  };
}

/** A context for a tool call. */
function callContext(): ToolCallContext {
  return {
    signal: new AbortController().signal,
    runId: 'run-1',
    tenant: 'default',
    idempotencyKey: 'key-1',
    log: silentLog,
  };
}
