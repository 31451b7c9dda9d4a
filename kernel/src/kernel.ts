import { mkdirSync } from 'node:fs';
import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import type {
  AnyHook,
  CollectionContract,
  Contribution,
  InMemoryPlugin,
  JsonSchema,
  Lease,
  Logger,
  PlatformConfig,
  PlatformSnapshot,
  SingleContract,
} from '@agent-factory/sdk';
import { mergedConfigSchema } from './config-schema.ts';
import { reasonOf } from './deadline.ts';
import { errors } from './errors.ts';
import { explain } from './explain.ts';
import { Generation } from './generation.ts';
import { installGuard } from './guard.ts';
import { compileHook, type CompiledHook } from './hook-dispatch.ts';
import { snapshotOf } from './inspect.ts';
import type { Instance } from './instance.ts';
import { writeLock } from './lock.ts';
import { createLog } from './log.ts';
import { checkManifest } from './manifest.ts';
import { preparePlan, type Plan, type PreparedPlan } from './plan.ts';
import { contributionsOf, type Host } from './plugin-context.ts';
import type { PluginPackage } from './plugin-package.ts';
import { ResourcePool } from './resource-pool.ts';
import { work, type Work } from './scope.ts';
import { buildGeneration, swapGenerations, type SwapContext } from './swap.ts';
import { kernelVersion } from './version.ts';

const defaultDrainMs = 30_000;
const defaultMaxLive = 4;

/** What a kernel is made from. */
export interface KernelOptions {
  /** The configuration as an object. Default: the file. */
  readonly config?: PlatformConfig;
  /** Path of the configuration file. Default: searched from `baseDir` upwards. */
  readonly configFile?: string;
  /** Where relative paths and the search for a configuration start. Default: the working directory. */
  readonly baseDir?: string;
  /** Plugins given as objects; the configuration names them by id. */
  readonly memory?: readonly InMemoryPlugin[];
  /** Variables for `${env:…}`. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `true` reads and writes the lock file beside the configuration; `frozen` refuses to change it. Default true. */
  readonly lock?: boolean | 'frozen';
  /** Ids of plugins to leave out, whatever the configuration says. */
  readonly except?: readonly string[];
  /** Receives log lines. Default: standard error. */
  readonly writeLog?: (line: string) => void;
}

/** Where the platform's parts come from. */
export interface PlatformSources {
  /** Absolute path of the configuration file, if there is one. */
  readonly configFile: string | undefined;
  /** Absolute folder for state. */
  readonly dataDir: string;
  /** Absolute folders of plugins under development. */
  readonly localFolders: readonly string[];
}

/** Loads plugins and keeps one generation of them in service. */
export interface Kernel {
  /** Absolute folder for state. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Boots the first generation. */
  start(): Promise<Plan>;
  /** What applying the configuration as it is now would do; runs no plugin. */
  plan(config?: PlatformConfig): Promise<Plan>;
  /**
   * Reads the configuration again (or takes the one given) and puts it into service. If anything fails before
   * the swap, what was serving is untouched and the error says which plugin and why.
   */
  apply(config?: PlatformConfig): Promise<Plan>;
  /** Puts the configuration before the last successful apply into service again. */
  rollback(): Promise<Plan>;
  /** The provider of a contract in the serving generation. */
  use<T>(contract: SingleContract<T>): T;
  /** Everything contributed to a collection in the serving generation. */
  all<T>(collection: CollectionContract<T>): readonly Contribution<T>[];
  /** Holds the serving generation for one piece of work. */
  lease(): Lease;
  /** What is active now, as data. */
  inspect(): PlatformSnapshot;
  /** Why a plugin, contract or hook is as it is; lines of text for people. */
  explain(name: string): string;
  /** Where everything comes from, as of the last plan. */
  sources(): PlatformSources;
  /** Writes the lock file as the configuration resolves now; returns what changed, as sentences. */
  acceptLock(): Promise<readonly string[]>;
  /**
   * Finds the plugin whose code an uncaught error comes from, by its stack; logs and counts the error there.
   * False when no plugin is to blame.
   */
  blame(error: unknown): boolean;
  /** JSON Schema of the configuration file with every known plugin's part, for editors. */
  configSchema(): JsonSchema;
  /** Ends everything; work in flight gets `drainMs`. Safe to call twice. */
  close(): Promise<void>;
}

/** Creates a kernel; nothing runs before {@link Kernel.start}. */
export function createKernel(options: KernelOptions = {}): Kernel {
  return new PlatformKernel(options);
}

class PlatformKernel implements Kernel {
  readonly log: ReturnType<typeof createLog>;
  readonly #options: KernelOptions;
  readonly #memory: readonly PluginPackage[];
  readonly #resources = new ResourcePool();
  readonly #live = new Set<Generation>();
  readonly #retiring = new Set<Promise<void>>();
  #serving: Generation | undefined;
  #prepared: PreparedPlan | undefined;
  #planned: PreparedPlan | undefined;
  #before: PlatformConfig | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #removeGuard: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #dataDir: string;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#memory = (options.memory ?? []).map(({ manifest, plugin }) => {
      const { name, version, ...block } = manifest;
      return { manifest: checkManifest(block, name, version, name), source: 'memory', folder: '', entry: '', plugin };
    });
    this.log = createLog(options.config?.log ?? {}, options.writeLog);
    this.#dataDir = this.#absolute(options.config?.dataDir);
  }

  get dataDir(): string {
    return this.#dataDir;
  }

  async start(): Promise<Plan> {
    this.#removeGuard ??= installGuard();
    return this.apply(this.#options.config);
  }

  async plan(config?: PlatformConfig): Promise<Plan> {
    return this.#prepare(config ?? this.#options.config);
  }

  apply(config?: PlatformConfig): Promise<Plan> {
    // One change at a time: each starts from what the one before left in service.
    const turn = this.#queue.then(() => this.#apply(config ?? this.#options.config));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  sources(): PlatformSources {
    const known = this.#planned;
    const local = (known?.resolution.packages ?? []).filter(({ source }) => source === 'local');
    return {
      configFile: known?.loaded.file,
      dataDir: known ? this.#absolute(known.loaded.config.dataDir, known.loaded.baseDir) : this.#dataDir,
      localFolders: local.map(({ folder }) => folder),
    };
  }

  async acceptLock(): Promise<readonly string[]> {
    const plan = await this.#prepare(this.#options.config, true);
    if (plan.lockPath) writeLock(plan.lockPath, plan.lockfile);
    return plan.lock;
  }

  blame(error: unknown): boolean {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const instances = [...this.#live].flatMap((generation) => [...generation.instances.values()]);
    const found = instances.find(({ pkg }) => pkg.folder !== '' && stack.includes(pkg.folder));
    if (!found) return false;
    found.scope.errors += 1;
    this.log.error('an error outside of any call', { plugin: found.id, error });
    return true;
  }

  async rollback(): Promise<Plan> {
    if (!this.#before) throw errors.AF_SWAP_FAILED({ reason: 'there is no earlier configuration to go back to.' });
    return this.apply(this.#before);
  }

  use<T>(contract: SingleContract<T>): T {
    const id = this.#current().resolution.providers[contract.id];
    const found = id === undefined ? undefined : this.#current().instances.get(id)?.provided.get(contract.id);
    if (found === undefined) throw errors.AF_CONTRACT_UNAVAILABLE({ id: contract.id });
    return found as T; // the token's id says which type it is
  }

  all<T>(collection: CollectionContract<T>): readonly Contribution<T>[] {
    return contributionsOf<T>(collection.id, contributorsIn(this.#current(), collection.id));
  }

  lease(): Lease {
    return this.#current().lease();
  }

  inspect(): PlatformSnapshot {
    return snapshotOf(this.#serving, this.#prepared, this.#live.size);
  }

  explain(name: string): string {
    return explain(name, this.inspect(), this.#prepared);
  }

  configSchema(): JsonSchema {
    const known = [...(this.#prepared?.resolution.packages ?? []), ...(this.#prepared?.disabled ?? [])];
    return mergedConfigSchema(known);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #apply(config: PlatformConfig | undefined): Promise<Plan> {
    if (this.#closing) throw errors.AF_KERNEL_CLOSED({});
    const plan = await this.#prepare(config);
    const old = this.#serving;
    if (old && plan.start.length === 0 && plan.stop.length === 0) return plan;
    this.log.configure(plan.loaded.config.log ?? {});
    for (const secret of plan.secrets) this.log.hide(secret);
    this.#dataDir = this.#absolute(plan.loaded.config.dataDir, plan.loaded.baseDir);
    mkdirSync(this.#dataDir, { recursive: true });
    await this.#makeRoom(plan.loaded.config.generations?.maxLive ?? defaultMaxLive);

    const next = await buildGeneration(plan, old?.instances ?? new Map(), this.#swapContext());
    this.#live.add(next);
    try {
      await swapGenerations(old, next, () => this.#commit(next, plan), this.#report);
    } catch (error) {
      this.#live.delete(next);
      await next.drain(0, 'its swap failed');
      await next.release(this.#report);
      throw error;
    }
    if (plan.lockPath) writeLock(plan.lockPath, plan.lockfile);
    if (old) this.#retire(old, plan.loaded.config.generations?.drainMs ?? defaultDrainMs);
    return plan;
  }

  #commit(next: Generation, plan: PreparedPlan): void {
    this.#before = this.#prepared?.loaded.config;
    this.#prepared = plan;
    next.state = 'serving';
    if (this.#serving) this.#serving.state = 'draining';
    this.#serving = next;
  }

  async #prepare(config: PlatformConfig | undefined, acceptLock = false): Promise<PreparedPlan> {
    this.#planned = await preparePlan({
      config,
      acceptLock,
      except: this.#options.except ?? [],
      configFile: this.#options.configFile,
      baseDir: resolvePath(this.#options.baseDir ?? process.cwd()),
      env: this.#options.env ?? process.env,
      memory: this.#memory,
      lock: this.#options.lock ?? true,
      kernelVersion,
      serving: this.#serving?.instances ?? new Map(),
    });
    return this.#planned;
  }

  #swapContext(): SwapContext {
    return {
      hostFor: (instances, plan) => this.#hostFor(instances, plan),
      report: this.#report,
      tapFailed: ({ plugin, hook, error }) => this.log.error(`a tap of ${hook} failed`, { plugin, error }),
    };
  }

  #hostFor(instances: ReadonlyMap<string, Instance>, plan: PreparedPlan): Host {
    const { providers, contributors } = plan.resolution;
    return {
      log: this.log,
      resources: this.#resources,
      platform: {
        name: plan.loaded.config.name ?? 'agent-factory',
        kernelVersion,
        baseDir: plan.loaded.baseDir,
        dataDir: this.#dataDir,
        inspect: () => this.inspect(),
      },
      provider: (contract) => instances.get(providers[contract] ?? ''),
      contributors: (collection) => (contributors[collection] ?? []).flatMap((id) => instances.get(id) ?? []),
      hookCaller: (instance, hook) => this.#hookCaller(instance, hook),
      lease: (instance) => this.#homeOf(instance).lease(),
    };
  }

  /** The generation an instance's new work belongs to: the serving one, or the newest that holds the instance. */
  #homeOf(instance: Instance): Generation {
    if (this.#serving?.instances.get(instance.id) === instance) return this.#serving;
    const home = this.#newestWith(instance);
    if (!home) throw errors.AF_KERNEL_CLOSED({});
    return home;
  }

  #newestWith(instance: Instance): Generation | undefined {
    return [...this.#live].findLast((generation) => generation.instances.get(instance.id) === instance);
  }

  #hookCaller(instance: Instance, hook: AnyHook): (input: unknown) => unknown {
    let last: Generation | undefined;
    let compiled: CompiledHook | undefined;
    return (input) => {
      const leased = (work.getStore() as Work<Generation> | undefined)?.generation;
      const generation = leased ?? this.#serving;
      if (generation !== last || !compiled) {
        const holder = generation?.hooks.has(hook.id) ? generation : this.#newestWith(instance);
        compiled = holder?.hooks.get(hook.id)?.compiled;
        // While its first generation is being built, a hook has no taps yet.
        if (!compiled) return compileHook(hook, [], () => {}).call(input);
        last = generation;
      }
      return compiled.call(input);
    };
  }

  /** Ends the oldest draining generations until one more may live. */
  async #makeRoom(maxLive: number): Promise<void> {
    for (const generation of [...this.#live]) {
      if (this.#live.size < Math.max(2, maxLive)) return;
      if (generation === this.#serving) continue;
      this.log.warn('too many generations are alive; the oldest is ended', { generation: generation.id });
      await generation.drain(0, 'newer generations need its place');
      await this.#end(generation);
    }
  }

  #retire(generation: Generation, drainMs: number): void {
    const ending = generation
      .drain(drainMs, 'a newer generation serves')
      .then(() => this.#end(generation))
      .finally(() => this.#retiring.delete(ending));
    this.#retiring.add(ending);
  }

  async #end(generation: Generation): Promise<void> {
    await generation.release(this.#report);
    this.#live.delete(generation);
  }

  async #close(): Promise<void> {
    await this.#queue;
    const drainMs = this.#prepared?.loaded.config.generations?.drainMs ?? defaultDrainMs;
    const serving = this.#serving;
    if (serving) {
      for (const instance of [...serving.instances.values()].reverse()) await instance.stopServing(this.#report);
      await serving.drain(drainMs, 'the platform is shutting down');
    }
    for (const generation of [...this.#live].reverse()) {
      await generation.drain(0, 'the platform is shutting down');
      await this.#end(generation);
    }
    await Promise.all(this.#retiring);
    this.#serving = undefined;
    this.#removeGuard?.();
    this.log.close();
  }

  #current(): Generation {
    if (!this.#serving) throw errors.AF_KERNEL_CLOSED({});
    return this.#serving;
  }

  #absolute(dataDir = '.agent-factory', baseDir = resolvePath(this.#options.baseDir ?? process.cwd())): string {
    return isAbsolute(dataDir) ? dataDir : join(baseDir, dataDir);
  }

  readonly #report = (message: string, cause?: unknown): void => {
    this.log.warn(message, cause === undefined ? {} : { reason: reasonOf(cause) });
  };
}

function contributorsIn(generation: Generation, collection: string): Instance[] {
  const ids = generation.resolution.contributors[collection] ?? [];
  return ids.flatMap((id) => generation.instances.get(id) ?? []);
}
