import type { AnyHook, Contract, Disposer, Isolation, Plugin } from '@agent-factory/sdk';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { reasonOf, withDeadline } from './deadline.ts';
import { errors } from './errors.ts';
import type { Report } from './generation.ts';
import { loadPlugin, unloadPlugin } from './loader.ts';
import { Context, type Host } from './plugin-context.ts';
import type { PluginPackage } from './plugin-package.ts';
import { Scope, work } from './scope.ts';
import type { Tap } from './tap-order.ts';

const defaultActivationMs = 10_000;
const mendPlugin = 'Mend the plugin or its configuration, or take it out. What was serving goes on serving.';

/** Everything that decides what an instance is; equal keys may share one instance. */
export interface InstanceBlueprint {
  readonly pkg: PluginPackage;
  /** Equal keys: same code, same configuration, same instances below. */
  readonly key: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Absolute paths whose content belongs to the configuration. */
  readonly watched: readonly string[];
  /** Ids of the plugins it depends on. */
  readonly dependencies: readonly string[];
}

/** Starts what may run only while serving. */
export type ServeStart = () => Disposer | void | Promise<Disposer | void>;

/** One running copy of a plugin. Generations share it as long as its key stays the same. */
export class Instance {
  readonly pkg: PluginPackage;
  readonly key: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly scope: Scope;
  readonly provided: Map<string, unknown> = new Map();
  readonly contributed: Map<string, unknown[]> = new Map();
  readonly hooks: AnyHook[] = [];
  readonly taps: Tap[] = [];
  readonly healthChecks: ((signal: AbortSignal) => void | Promise<void>)[] = [];
  readonly serves: ServeStart[] = [];
  /** Disposers of what `serve` started; empty while not serving. */
  readonly serving: Disposer[] = [];
  state: 'starting' | 'ready' | 'disposed' = 'starting';
  /** How many generations hold it. */
  holders = 0;
  /** Milliseconds from import to the end of setup. */
  activationMs = 0;
  #abort: AbortController | undefined;

  constructor(blueprint: InstanceBlueprint, report: Report) {
    this.pkg = blueprint.pkg;
    this.key = blueprint.key;
    this.config = blueprint.config;
    this.dependencies = blueprint.dependencies;
    this.scope = new Scope(`${blueprint.pkg.manifest.id}@${blueprint.pkg.manifest.version}`, report);
  }

  get id(): string {
    return this.pkg.manifest.id;
  }

  /** Aborted when the instance is disposed. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.state === 'disposed') this.#abort.abort();
    return this.#abort.signal;
  }

  /** Imports the code and runs `setup`. Errors are AF_LOAD_… or AF_ACTIVATE_…, and name the plugin. */
  async activate(host: Host): Promise<void> {
    const began = performance.now();
    const plugin = await this.#within('import', () => this.#load(host));
    await this.#within('setup', () => plugin.setup(new Context(this, host) as never));
    this.#checkPromises();
    this.state = 'ready';
    this.activationMs = performance.now() - began;
  }

  /** Runs the health checks, one after another. */
  async checkHealth(): Promise<void> {
    for (const check of this.healthChecks) await this.#within('health', () => check(this.signal));
  }

  /** Starts what may run only while serving; on failure what had started is stopped again. */
  async startServing(): Promise<void> {
    if (this.serving.length > 0) return;
    try {
      for (const start of this.serves) {
        // What starts after its deadline is stopped with the instance.
        const stop = await this.#within('serve', start, (late) => late && this.scope.own(late));
        this.serving.push(stop ?? (() => {}));
      }
    } catch (error) {
      await this.stopServing();
      throw error;
    }
  }

  /** Stops it again. Never rejects. */
  stopServing(): Promise<void> {
    return this.scope.undo(this.serving, 'failed to stop serving');
  }

  /** Ends the instance and everything it left. Never rejects. */
  async dispose(): Promise<void> {
    if (this.state === 'disposed') return;
    this.state = 'disposed';
    await this.stopServing();
    this.#abort?.abort();
    await this.scope.dispose();
    this.provided.clear();
    this.contributed.clear();
    for (const list of [this.hooks, this.taps, this.healthChecks, this.serves]) list.length = 0;
    unloadPlugin(this.pkg);
  }

  /** Refuses a registration that the manifest does not list, or that comes after setup. */
  admit(call: string, field: string, id: string, listed: boolean): void {
    const plugin = this.scope.plugin;
    if (!listed) throw errors.AF_ACTIVATE_UNDECLARED({ plugin, call, id, field });
    if (this.state !== 'starting') throw errors.AF_ACTIVATE_TOO_LATE({ plugin, call });
  }

  /** Keeps what the plugin provides under a contract; twice is an error. */
  keep(contract: Contract<unknown>, value: unknown): void {
    if (this.provided.has(contract.id)) {
      const reason = `it provides "${contract.id}" twice`;
      const mend = 'Provide it once.';
      throw errors.AF_ACTIVATE_FAILED({ plugin: this.scope.plugin, phase: 'setup', reason, mend });
    }
    this.provided.set(contract.id, value);
  }

  #load(host: Host): Promise<Plugin> {
    const { isolation, manifest, folder, entry } = this.pkg;
    if (!isolation) return loadPlugin(this.pkg);
    // Required by every isolated plugin, so it is there; the contract's id says which type it is.
    const isolator = host.provider('isolation')?.provided.get('isolation') as Isolation;
    return isolator.load({ manifest, folder, entry, ...isolation });
  }

  #checkPromises(): void {
    for (const id of Object.keys(this.pkg.manifest.provides ?? {})) {
      if (this.provided.has(id)) continue;
      throw errors.AF_ACTIVATE_NOT_PROVIDED({ plugin: this.scope.plugin, id, field: 'provides' });
    }
  }

  /** Runs the plugin's own code in its scope, with a deadline, and blames the plugin for what goes wrong. */
  async #within<T>(phase: string, run: () => T | Promise<T>, discard?: (late: T) => void): Promise<T> {
    const { scope } = this;
    const ms = this.pkg.manifest.activationMs ?? defaultActivationMs;
    const { plugin } = scope;
    scope.phase = phase;
    try {
      const late = (): Error => errors.AF_ACTIVATE_TIMEOUT({ plugin, phase, ms });
      return await withDeadline<T>(work.run({ scope }, run), ms, late, discard);
    } catch (error) {
      if (isAgentFactoryError(error) && /^AF_(LOAD|ACTIVATE|PLUGIN|HOOK)_/.test(error.code)) throw error;
      const mend = isAgentFactoryError(error) ? error.fix : mendPlugin;
      throw errors.AF_ACTIVATE_FAILED({ plugin, phase, reason: reasonOf(error), mend }, { cause: error });
    } finally {
      scope.phase = 'the background';
    }
  }
}
