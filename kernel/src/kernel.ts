import { resolve as resolvePath } from 'node:path';
import type {
  CollectionContract,
  Contribution,
  JsonSchema,
  Lease,
  PlatformConfig,
  PlatformSnapshot,
  SingleContract,
} from '@agent-factory/sdk';
import type { LoadedConfig } from './config/config-file.ts';
import { checkManifest } from './config/manifest.ts';
import { mergedConfigSchema } from './config/platform-schema.ts';
import { reasonOf } from './deadline.ts';
import { errors } from './errors.ts';
import { Fleet } from './fleet.ts';
import type { Report } from './generation.ts';
import { installGuard } from './guard.ts';
import { snapshotOf } from './inspect.ts';
import type { Instance } from './instance.ts';
import { writeLock } from './resolve/lock.ts';
import { ownerOf } from './loader.ts';
import type { KernelOptions, PlatformSources } from './kernel-options.ts';
import { createLog, type Log } from './log.ts';
import { dataDirOf, makeDataDir, preparePlan, type Plan, type PreparedPlan } from './plan.ts';
import { contributionsOf, type Host } from './plugin-context.ts';
import type { PluginPackage } from './plugin-package.ts';
import { ResourcePool } from './resource-pool.ts';
import { work } from './scope.ts';
import { buildGeneration, swapGenerations } from './swap.ts';
import { kernelVersion } from './version.ts';

const defaultDrainMs = 30_000;
const defaultMaxLive = 4;

/** Creates a kernel; nothing runs before {@link Kernel.start}. */
export function createKernel(options: KernelOptions = {}): Kernel {
  return new Kernel(options);
}

/** Loads plugins and keeps one generation of them in service. */
export class Kernel {
  readonly #options: KernelOptions;
  readonly #baseDir: string;
  readonly #memory: readonly PluginPackage[];
  readonly #log: Log;
  readonly #report: Report;
  readonly #fleet: Fleet;
  readonly #resources: ResourcePool;
  #planned: PreparedPlan | undefined;
  #served: PreparedPlan | undefined;
  #before: LoadedConfig | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #removeGuard: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#baseDir = resolvePath(options.baseDir ?? process.cwd());
    this.#memory = (options.memory ?? []).map(({ manifest, plugin }) => {
      const { name, version, ...block } = manifest;
      const checked = checkManifest({ name, version, agentFactory: block }, name);
      return { manifest: checked, source: 'memory', folder: '', entry: '', plugin };
    });
    this.#log = createLog(options.config?.log ?? {}, options.writeLog);
    this.#report = (message, cause) => {
      this.#log.warn(cause === undefined ? message : `${message}: ${reasonOf(cause)}`);
    };
    this.#resources = new ResourcePool(this.#report);
    this.#fleet = new Fleet(this.#report);
  }

  /** Boots the first generation. */
  start(): Promise<Plan> {
    return this.apply();
  }

  /** What applying the configuration as it is now would do; runs no plugin. */
  async plan(config?: PlatformConfig): Promise<Plan> {
    return publicPart(await this.#prepare(config));
  }

  /**
   * Reads the configuration again (or takes the one given) and puts it into service. If anything fails before
   * the swap, what was serving is untouched and the error says which plugin and why.
   */
  apply(config?: PlatformConfig): Promise<Plan> {
    return this.#inTurn(() => this.#apply(config));
  }

  /**
   * Puts the configuration before the last successful apply into service again; done twice, it goes forth again.
   * An apply that changed nothing does not count.
   */
  rollback(): Promise<Plan> {
    return this.#inTurn(() => {
      if (this.#before) return this.#apply(this.#before);
      throw errors.AF_SWAP_FAILED({ reason: 'there is no earlier configuration to go back to.' });
    });
  }

  /** The provider of a contract in the serving generation. */
  use<T>(contract: SingleContract<T>): T {
    const { instances, resolution } = this.#fleet.current();
    const found = instances.get(resolution.providers[contract.id] ?? '')?.provided.get(contract.id);
    if (found === undefined) throw errors.AF_CONTRACT_UNAVAILABLE({ id: contract.id });
    return found as T; // the token's id says which type it is
  }

  /** Everything contributed to a collection in the serving generation. */
  all<T>(collection: CollectionContract<T>): readonly Contribution<T>[] {
    const { instances, resolution } = this.#fleet.current();
    const contributors = resolution.contributors[collection.id] ?? [];
    return contributionsOf<T>(
      collection.id,
      contributors.flatMap((id) => instances.get(id) ?? []),
    );
  }

  /** Holds the serving generation for one piece of work. */
  lease(): Lease {
    return this.#fleet.current().lease();
  }

  /** What is active now, as data without secrets. */
  inspect(): PlatformSnapshot {
    return snapshotOf(this.#fleet.serving, this.#served, this.#fleet.size);
  }

  /** Where everything comes from, as of the last plan. */
  sources(): PlatformSources {
    const { loaded, resolution, blueprints } = this.#planned ?? {};
    const settings = [...(blueprints?.values() ?? [])].flatMap(({ watched }) => watched);
    const local = (resolution?.packages ?? []).filter(({ source }) => source === 'local');
    return {
      configFile: loaded?.file,
      dataDir: dataDirOf(
        loaded ?? { baseDir: this.#baseDir, config: this.#options.config ?? { plugins: [] } },
      ),
      plugins: (resolution?.packages ?? []).map(({ manifest, folder }) => ({
        id: manifest.id,
        folder,
        manifest,
        provides: Object.keys(manifest.provides ?? {}),
      })),
      watched: [...local.map(({ folder }) => folder), ...settings],
    };
  }

  /**
   * Plans, and takes the lock as it comes out, even where a locked package changed: what would change in it, as
   * sentences, and what writes it.
   */
  async planLock(): Promise<{ readonly changes: readonly string[]; readonly write: () => void }> {
    const { lock, lockPath, lockfile } = await this.#prepare(undefined, true);
    return { changes: lock, write: () => lockPath && writeLock(lockPath, lockfile) };
  }

  /**
   * Finds the plugin whose code an uncaught error comes from, by its stack or by whose setup it ran in; logs and
   * counts the error there, or only logs it where a piece of work left it. False when it comes from neither.
   */
  blame(error: unknown): boolean {
    const running = work.getStore();
    const scope = ownerOf(error, this.#fleet.instances)?.scope ?? running?.scope;
    if (!scope && !running) return false;
    if (scope) scope.errors += 1;
    const plugin = scope?.plugin.replace(/@[^@]*$/, '');
    this.#log.error('an error outside of any call', {
      plugin,
      phase: scope?.phase ?? 'a piece of work',
      error,
    });
    return true;
  }

  /** JSON Schema of the configuration file with every known plugin's part, for editors. */
  configSchema(): JsonSchema {
    const { resolution, disabled } = this.#planned ?? {};
    return mergedConfigSchema([...(resolution?.packages ?? []), ...(disabled ?? []).map(({ pkg }) => pkg)]);
  }

  /** Ends everything; work in flight gets `drainMs`. Safe to call twice. */
  close(): Promise<void> {
    const end = async (): Promise<void> => {
      await this.#fleet.close(this.#served?.loaded.config.generations?.drainMs ?? defaultDrainMs);
      this.#removeGuard?.();
      this.#log.close();
    };
    this.#closing ??= work.exit(() => this.#queue.then(end));
    return this.#closing;
  }

  /** One change at a time, for each starts from what the one before left; and never as part of a plugin's work. */
  #inTurn(change: () => Promise<Plan>): Promise<Plan> {
    const turn = work.exit(() => this.#queue.then(change));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #apply(given: PlatformConfig | LoadedConfig | undefined): Promise<Plan> {
    if (this.#closing) throw errors.AF_KERNEL_CLOSED({});
    this.#removeGuard ??= installGuard();
    const plan = await this.#prepare(given);
    const old = this.#fleet.serving;
    const { log = {}, generations = {} } = plan.loaded.config;
    for (const secret of plan.secrets) this.#log.hide(secret);
    const settle = (): void => {
      this.#served = plan;
      this.#log.configure(log);
    };
    if (old?.id === plan.generation && plan.start.length === 0 && plan.stop.length === 0) {
      settle();
      return publicPart(plan);
    }
    if (!old) this.#log.configure(log);
    makeDataDir(plan.loaded);
    await this.#fleet.makeRoom(generations.maxLive ?? defaultMaxLive);

    const next = await buildGeneration(plan, old?.instances ?? new Map(), {
      hostFor: (instances) => this.#hostFor(instances, plan),
      report: this.#report,
      tapFailed: ({ plugin, hook, error }) => this.#log.error(`a tap of ${hook} failed`, { plugin, error }),
      except: this.#options.except ?? [],
    });
    this.#fleet.add(next);
    const commit = (): void => {
      this.#before = this.#served?.loaded;
      settle();
      this.#fleet.commit(next);
    };
    try {
      await swapGenerations(old, next, commit, this.#report);
    } catch (error) {
      await this.#fleet.retire(next, 0, 'its swap failed');
      throw error;
    }
    if (old)
      void this.#fleet.retire(old, generations.drainMs ?? defaultDrainMs, 'a newer generation serves.');
    try {
      if (plan.lockPath && plan.lock.length > 0) writeLock(plan.lockPath, plan.lockfile);
    } catch (error) {
      this.#report('the lock file could not be written', error); // too late to fail: the new generation serves
    }
    return publicPart(plan);
  }

  async #prepare(
    config: PlatformConfig | LoadedConfig | undefined = this.#options.config,
    acceptLock = false,
  ): Promise<PreparedPlan> {
    this.#planned = await preparePlan({
      config,
      acceptLock,
      configFile: this.#options.configFile,
      amend: this.#options.amend,
      baseDir: this.#baseDir,
      env: this.#options.env ?? process.env,
      except: this.#options.except ?? [],
      memory: this.#memory,
      lock: this.#options.lock ?? true,
      kernelVersion,
      serving: this.#fleet.serving?.instances ?? new Map(),
    });
    return this.#planned;
  }

  #hostFor(instances: ReadonlyMap<string, Instance>, plan: PreparedPlan): Host {
    const { providers, contributors } = plan.resolution;
    return {
      log: this.#log,
      resources: this.#resources,
      platform: {
        name: plan.loaded.config.name ?? 'agent-factory',
        kernelVersion,
        role: this.#options.role ?? 'all',
        baseDir: plan.loaded.baseDir,
        dataDir: dataDirOf(plan.loaded),
        inspect: () => this.inspect(),
      },
      provider: (contract) => instances.get(providers[contract] ?? ''),
      contributors: (collection) => (contributors[collection] ?? []).flatMap((id) => instances.get(id) ?? []),
      hookCaller: (instance, hook) => this.#fleet.hookCaller(instance, hook),
      lease: (instance) => this.#fleet.leaseFor(instance),
    };
  }
}

/** A plan without what only the kernel may know, secrets above all. */
function publicPart({ generation, keep, start, stop, lock }: Plan): Plan {
  return { generation, keep, start, stop, lock };
}
