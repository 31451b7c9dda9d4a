import type {
  AnyHook,
  CollectionContract,
  Contribution,
  HookCaller,
  Lease,
  Logger,
  PlatformInfo,
  PluginContext,
  SingleContract,
  TapHandler,
  TapOptions,
} from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { Instance } from './instance.ts';
import type { ResourcePool } from './resource-pool.ts';
import { createTapStats } from './tap-order.ts';
import { compileValidator } from './config/validator.ts';

/** What contracts, collections and hooks are known by. */
type Token = Pick<AnyHook, 'id' | 'deprecated'>;

/** What the kernel lends to an instance while it is set up, and after. */
export interface Host {
  readonly log: Logger;
  readonly platform: PlatformInfo;
  readonly resources: ResourcePool;
  /** The chosen provider of a contract in the generation being built. */
  provider(contract: string): Instance | undefined;
  /** Who contributes to a collection in the generation being built, in activation order. */
  contributors(collection: string): readonly Instance[];
  /** A callable that reaches the taps of the generation the current work belongs to. */
  hookCaller(instance: Instance, hook: AnyHook): unknown;
  /** Holds the generation in which the instance serves. */
  lease(instance: Instance): Lease;
}

/**
 * What a plugin's `setup` is handed. It may be taken apart, so the functions are bound; a class, because getters in
 * an object literal would cost each plugin more than all the rest.
 */
export class Context implements PluginContext {
  readonly plugin: PluginContext['plugin'];
  readonly config: Instance['config'];
  readonly platform: PlatformInfo;
  readonly #instance: Instance;
  readonly #host: Host;
  #log: Logger | undefined;

  constructor(instance: Instance, host: Host) {
    const { id, version } = instance.pkg.manifest;
    this.plugin = { id, version };
    this.config = instance.config;
    this.platform = host.platform;
    this.#instance = instance;
    this.#host = host;
  }

  get log(): Logger {
    return (this.#log ??= this.#host.log.child({ plugin: this.plugin.id }));
  }

  get signal(): AbortSignal {
    return this.#instance.signal;
  }

  readonly use = <T>(contract: SingleContract<T>): T => {
    const found = this.#find('use', 'requires', contract);
    if (found === undefined) throw errors.AF_CONTRACT_UNAVAILABLE({ id: contract.id });
    return found as T; // the token's id says which type it is
  };

  readonly tryUse = <T>(contract: SingleContract<T>): T | undefined => {
    return this.#find('tryUse', 'optional', contract) as T | undefined; // as above
  };

  readonly all = <T>(collection: CollectionContract<T>): readonly Contribution<T>[] => {
    this.#admit('all', 'collects', collection);
    return contributionsOf<T>(collection.id, this.#host.contributors(collection.id));
  };

  readonly provide = <T>(contract: SingleContract<T>, implementation: T): void => {
    this.#instance.admit('provide', 'provides', contract.id, this.#lists('provides', contract.id));
    this.#instance.keep(contract, implementation);
  };

  readonly contribute = <T>(collection: CollectionContract<T>, value: T): void => {
    this.#admit('contribute', 'contributes', collection);
    const { contributed } = this.#instance;
    const list = contributed.get(collection.id);
    if (list) list.push(value);
    else contributed.set(collection.id, [value]);
  };

  readonly hook = <H extends AnyHook>(hook: H): HookCaller<H> => {
    const instance = this.#instance;
    const { defines = [] } = instance.pkg.manifest.hooks ?? {};
    instance.admit('hook', 'hooks.defines', hook.id, defines.includes(hook.id));
    instance.hooks.push(hook);
    return this.#host.hookCaller(instance, hook) as HookCaller<H>; // made for this very hook
  };

  readonly tap = <H extends AnyHook>(hook: H, handler: TapHandler<H>, options: TapOptions = {}): void => {
    const { taps, pkg } = this.#instance;
    this.#admit('tap', 'hooks.taps', hook, pkg.manifest.hooks?.taps?.includes(hook.id) ?? false);
    taps.push({
      plugin: this.plugin.id,
      hook,
      handler: handler as never, // typed by the hook; the dispatcher passes what the hook declares
      before: [options.before ?? []].flat(),
      after: [options.after ?? []].flat(),
      stage: options.stage ?? 0,
      index: taps.length,
      stats: createTapStats(),
    });
  };

  readonly own: PluginContext['own'] = (effect) => this.#instance.scope.own(effect);

  readonly resource = async <T>(
    key: string,
    open: () => T | Promise<T>,
    close: (value: T) => void | Promise<void>,
  ): Promise<T> => {
    const { scope } = this.#instance;
    const refuseIfDisposed = (): void => {
      if (this.#instance.state !== 'disposed') return;
      throw errors.AF_ACTIVATE_TOO_LATE({ plugin: scope.plugin, call: 'resource' });
    };
    refuseIfDisposed();
    const { value, release } = this.#host.resources.acquire(key, scope.plugin, open, close);
    scope.own(release); // before it is open: whoever is disposed meanwhile lets go too
    const opened = await value;
    refuseIfDisposed();
    return opened;
  };

  readonly health: PluginContext['health'] = (check) => {
    this.#instance.admit('health', '', this.plugin.id, true);
    this.#instance.healthChecks.push(check);
  };

  readonly serve: PluginContext['serve'] = (start) => {
    this.#instance.admit('serve', '', this.plugin.id, true);
    this.#instance.serves.push(start);
  };

  readonly lease = (): Lease => this.#host.lease(this.#instance);

  readonly validator: PluginContext['validator'] = compileValidator;

  /** Refuses what the manifest does not list; warns who uses what is deprecated. */
  #admit(call: string, field: string, token: Token, listed = this.#lists(field, token.id)): void {
    this.#instance.admit(call, field, token.id, listed);
    if (token.deprecated) this.log.warn(`It uses "${token.id}", which is deprecated: ${token.deprecated}`);
  }

  #lists(field: string, id: string): boolean {
    return Object.hasOwn(this.#instance.pkg.manifest[field as 'provides'] ?? {}, id);
  }

  #find(call: string, field: string, token: Token): unknown {
    const { id } = token;
    this.#admit(call, field, token, this.#lists('requires', id) || this.#lists('optional', id));
    const provider = this.#host.provider(id);
    // An optional contract whose version does not fit makes no dependency, and counts as absent.
    const fits = provider && this.#instance.dependencies.includes(provider.id);
    return fits ? provider.provided.get(id) : undefined;
  }
}

/** Everything the given instances contributed to a collection. */
export function contributionsOf<T>(
  collection: string,
  instances: readonly Instance[],
): readonly Contribution<T>[] {
  return instances.flatMap((instance) =>
    // The token's id says which type its values are.
    (instance.contributed.get(collection) ?? []).map((value) => ({ plugin: instance.id, value: value as T })),
  );
}
