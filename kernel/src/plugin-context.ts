import type {
  AnyHook,
  CollectionContract,
  Contribution,
  HookCaller,
  JsonSchema,
  Lease,
  Logger,
  PlatformInfo,
  PluginContext,
  SingleContract,
  TapHandler,
  TapOptions,
  Validator,
  ValidatorOptions,
} from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { Instance } from './instance.ts';
import type { ResourcePool } from './resource-pool.ts';
import { createTapStats } from './tap-order.ts';
import { compileValidator } from './config/validator.ts';

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

/** What a plugin's `setup` is handed. Plain closures, so that it may be taken apart. */
export function createContext(instance: Instance, host: Host): PluginContext {
  const { manifest } = instance.pkg;
  const has = (record: Readonly<Record<string, unknown>> | undefined, id: string): boolean =>
    record !== undefined && Object.hasOwn(record, id);
  const find = (call: string, field: string, id: string): unknown => {
    instance.admit(call, field, id, has(manifest.requires, id) || has(manifest.optional, id));
    const provider = host.provider(id);
    // An optional contract whose version does not fit makes no dependency, and counts as absent.
    return provider && instance.dependencies.includes(provider.id) ? provider.provided.get(id) : undefined;
  };
  let log: Logger | undefined;

  return {
    plugin: { id: manifest.id, version: manifest.version },
    config: instance.config,
    platform: host.platform,
    get log(): Logger {
      return (log ??= host.log.child({ plugin: manifest.id }));
    },
    get signal(): AbortSignal {
      return instance.signal;
    },

    use<T>(contract: SingleContract<T>): T {
      const found = find('use', 'requires', contract.id);
      if (found === undefined) throw errors.AF_CONTRACT_UNAVAILABLE({ id: contract.id });
      return found as T; // the token's id says which type it is
    },
    tryUse: <T>(contract: SingleContract<T>) => find('tryUse', 'optional', contract.id) as T | undefined, // as above
    all<T>(collection: CollectionContract<T>): readonly Contribution<T>[] {
      instance.admit('all', 'collects', collection.id, has(manifest.collects, collection.id));
      return contributionsOf<T>(collection.id, host.contributors(collection.id));
    },

    provide<T>(contract: SingleContract<T>, implementation: T): void {
      instance.admit('provide', 'provides', contract.id, has(manifest.provides, contract.id));
      instance.keep(contract, implementation);
    },
    contribute<T>(collection: CollectionContract<T>, value: T): void {
      instance.admit('contribute', 'contributes', collection.id, has(manifest.contributes, collection.id));
      const list = instance.contributed.get(collection.id);
      if (list) list.push(value);
      else instance.contributed.set(collection.id, [value]);
    },

    hook<H extends AnyHook>(hook: H): HookCaller<H> {
      instance.admit('hook', 'hooks.defines', hook.id, manifest.hooks?.defines?.includes(hook.id) ?? false);
      instance.hooks.push(hook);
      return host.hookCaller(instance, hook) as HookCaller<H>; // made for this very hook
    },
    tap<H extends AnyHook>(hook: H, handler: TapHandler<H>, options: TapOptions = {}): void {
      instance.admit('tap', 'hooks.taps', hook.id, manifest.hooks?.taps?.includes(hook.id) ?? false);
      instance.taps.push({
        plugin: manifest.id,
        hook,
        handler: handler as never, // typed by the hook; the dispatcher passes what the hook declares
        before: [options.before ?? []].flat(),
        after: [options.after ?? []].flat(),
        stage: options.stage ?? 0,
        index: instance.taps.length,
        stats: createTapStats(),
      });
    },

    own: (effect) => instance.scope.own(effect),
    async resource<T>(
      key: string,
      open: () => T | Promise<T>,
      close: (value: T) => void | Promise<void>,
    ): Promise<T> {
      const refuseIfDisposed = (): void => {
        if (instance.state !== 'disposed') return;
        throw errors.AF_ACTIVATE_TOO_LATE({ plugin: instance.scope.plugin, call: 'resource' });
      };
      refuseIfDisposed();
      const { value, release } = host.resources.acquire(key, instance.scope.plugin, open, close);
      instance.scope.own(release); // before it is open: whoever is disposed meanwhile lets go too
      const opened = await value;
      refuseIfDisposed();
      return opened;
    },
    health(check): void {
      instance.admit('health', '', manifest.id, true);
      instance.healthChecks.push(check);
    },
    serve(start): void {
      instance.admit('serve', '', manifest.id, true);
      instance.serves.push(start);
    },
    lease: () => host.lease(instance),
    validator: (schema: JsonSchema, options?: ValidatorOptions): Validator =>
      compileValidator(schema, options),
  };
}

/** Everything the given instances contributed to a collection. */
export function contributionsOf<T>(
  collection: string,
  instances: readonly Instance[],
): readonly Contribution<T>[] {
  return instances.flatMap((instance) =>
    (instance.contributed.get(collection) ?? []).map((value) => ({
      plugin: instance.id,
      value: value as T, // the token's id says which type it is
    })),
  );
}
