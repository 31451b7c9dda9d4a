import type { CollectionContract, Contribution, SingleContract } from './contract.ts';
import type { AnyHook, HookCaller, TapHandler, TapOptions } from './hook.ts';
import type { JsonObject, JsonSchema, Validator } from './json.ts';
import type { Logger } from './log.ts';
import type { PluginManifest } from './manifest.ts';
import type { PlatformSnapshot } from './snapshot.ts';

/** Undoes one effect. Called once, at most 5 seconds long. */
export type Disposer = () => void | Promise<void>;

/** A hold on the generation a piece of work began in; the generation stays alive until it is released. */
export interface Lease {
  /** Id of the generation. */
  readonly generation: string;
  /** Aborted when the generation must end before the work did. */
  readonly signal: AbortSignal;
  /** Runs `work` so that hooks called inside it reach this generation's taps. */
  run<T>(work: () => T): T;
  /** Gives the hold back. Safe to call twice. */
  release(): void;
}

/**
 * What a process does for the platform: answers callers (`api`), does the work that is waiting (`worker`), or both.
 * Processes of one platform share its storage.
 */
export type PlatformRole = 'all' | 'api' | 'worker';

/** What a plugin may know of the platform it runs in. */
export interface PlatformInfo {
  /** Name from the config file. */
  readonly name: string;
  /** Version of the kernel. */
  readonly kernelVersion: string;
  /** What this process is for. */
  readonly role: PlatformRole;
  /** Absolute folder of the config file; relative paths in configurations start here. */
  readonly baseDir: string;
  /** Absolute folder for state. It exists. */
  readonly dataDir: string;
  /** What is active now, as data. Holds no secrets. */
  inspect(): PlatformSnapshot;
}

/** Options of {@link PluginContext.validator}. */
export interface ValidatorOptions {
  /** Fill defaults from the schema into the value. Default false. */
  readonly defaults?: boolean;
  /** Turn `"5"` into `5` where the schema wants a number, and the like. Default false. */
  readonly coerce?: boolean;
  /** Compile at once, so that a schema that is wrong throws here and not at the first call. Default false. */
  readonly eager?: boolean;
}

/** Everything a plugin can do, handed to its `setup`. Registrations are refused once `setup` has returned. */
export interface PluginContext<Config = Readonly<Record<string, unknown>>> {
  readonly plugin: { readonly id: string; readonly version: string };
  /** The plugin's configuration: validated, defaults filled in, secrets wrapped, frozen. */
  readonly config: Config;
  readonly log: Logger;
  /** Aborted when this instance of the plugin is disposed. */
  readonly signal: AbortSignal;
  readonly platform: PlatformInfo;

  /** The provider of a contract listed under `requires`. */
  use<T>(contract: SingleContract<T>): T;
  /** The provider of a contract listed under `optional`, or `undefined`. */
  tryUse<T>(contract: SingleContract<T>): T | undefined;
  /** Everything contributed to a collection listed under `collects`, in activation order. */
  all<T>(collection: CollectionContract<T>): readonly Contribution<T>[];

  /** Provides a contract listed under `provides`. */
  provide<T>(contract: SingleContract<T>, implementation: T): void;
  /** Contributes to a collection listed under `contributes`. */
  contribute<T>(collection: CollectionContract<T>, value: T): void;

  /** Declares a hook listed under `hooks.defines` and returns its caller. */
  hook<H extends AnyHook>(hook: H): HookCaller<H>;
  /** Taps a hook listed under `hooks.taps`. */
  tap<H extends AnyHook>(hook: H, handler: TapHandler<H>, options?: TapOptions): void;

  /** Hands an effect's disposer to the kernel; disposers run in reverse order when the instance ends. */
  own(effect: Disposer | Disposable | AsyncDisposable): void;
  /**
   * A thing shared by key between instances and generations (a pool, a listening socket): opened once, closed
   * when its last holder is disposed. Put into `key` all of the configuration that matters.
   */
  resource<T>(key: string, open: () => T | Promise<T>, close: (value: T) => void | Promise<void>): Promise<T>;
  /** Registers a check that must pass before the plugin's generation may serve; it throws when unwell. */
  health(check: (signal: AbortSignal) => void | Promise<void>): void;
  /**
   * Registers what may run only in the serving generation. `start` is called at the swap; what it returns
   * stops it again when the instance leaves the serving generation.
   */
  serve(start: () => Disposer | void | Promise<Disposer | void>): void;

  /** Holds the serving generation for one piece of work (a request, a job, a run). */
  lease(): Lease;
  /** Compiles a JSON Schema into a validator whose problems have paths and suggestions. AF_SCHEMA_INVALID, at its first call. */
  validator(schema: JsonSchema, options?: ValidatorOptions): Validator;
}

/** A plugin's code: the default export of its package. */
export interface Plugin<Config = never> {
  /** Registers what the plugin offers. Effects go through `ctx.own`, so that unloading is exact. */
  setup(ctx: PluginContext<Config>): void | Promise<void>;
}

/** A plugin given as objects instead of a package; for tests and for programs that embed a kernel. */
export interface InMemoryPlugin {
  readonly manifest: PluginManifest;
  readonly plugin: Plugin;
  readonly config?: JsonObject;
}

/**
 * Types a plugin; returns its argument.
 *
 * @example
 * ```ts
 * export default definePlugin({
 *   setup(ctx) {
 *     ctx.contribute(Tool, {
 *       name: 'roll_dice',
 *       description: 'Rolls one die.',
 *       input: { type: 'object', properties: { sides: { type: 'integer', minimum: 2 } }, required: ['sides'] },
 *       effect: 'read',
 *       run: async ({ sides }) => 1 + Math.floor(Math.random() * Number(sides)),
 *     });
 *   },
 * });
 * ```
 */
export function definePlugin<Config = Readonly<Record<string, unknown>>>(
  plugin: Plugin<Config>,
): Plugin<Config> {
  return plugin;
}
