declare const signature: unique symbol;

/**
 * How a hook treats its taps, in tapable's vocabulary:
 * - `series` (`on*`): each tap is told, one after another;
 * - `waterfall` (`before*`): each tap may return a changed value for the next; `undefined` or `null` keeps it;
 * - `bail` (`resolve*`): the first answer that is neither `undefined` nor `null` wins;
 * - `parallel` (`collect*`): all taps run at once and every answer is gathered.
 */
export type HookKind = 'series' | 'waterfall' | 'bail' | 'parallel';

/** What happens when a tap throws or misses its deadline: skip it and go on, or fail the whole call. */
export type HookErrorPolicy = 'isolate' | 'fail';

/** A typed hook point. Compared by `id`. */
export interface Hook<Input, Output, Kind extends HookKind, Mode extends 'async' | 'sync'> {
  /** Stable name, for example `agent-runtime.beforeModel`. */
  readonly id: string;
  readonly kind: Kind;
  /** `sync` hooks call plain functions and have no deadline. */
  readonly mode: Mode;
  /** Milliseconds each tap may take; async hooks only. Default 5,000. */
  readonly timeoutMs: number;
  /** Default `fail`. */
  readonly onError: HookErrorPolicy;
  /** Set once it is deprecated: what to use instead and until when it stays, as a sentence. Who taps it is warned. */
  readonly deprecated?: string;
  /** Carries the types; never present at run time. */
  readonly [signature]?: (input: Input) => Output;
}

/** Any hook, when its types do not matter. */
export type AnyHook = Hook<never, unknown, HookKind, 'async' | 'sync'>;

/** What a hook is declared with. */
export interface HookOptions<Kind extends HookKind> {
  readonly id: string;
  readonly kind: Kind;
  /** Milliseconds each tap may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** Default `fail`. */
  readonly onError?: HookErrorPolicy;
  /** What to use instead and until when it stays, as a sentence: who taps it is warned in the log. */
  readonly deprecated?: string;
}

/**
 * Declares an asynchronous hook point. The plugin that owns it lists it under `hooks.defines` and gets a
 * callable with `ctx.hook()`; others list it under `hooks.taps` and use `ctx.tap()`.
 *
 * @example
 * ```ts
 * export const beforeGreeting: Hook<string, string, 'waterfall', 'async'> = defineHook<string, string, 'waterfall'>({
 *   id: 'greeter.beforeGreeting',
 *   kind: 'waterfall',
 *   onError: 'isolate',
 * });
 * ```
 */
export function defineHook<Input, Output, Kind extends HookKind>(
  options: HookOptions<Kind>,
): Hook<Input, Output, Kind, 'async'> {
  return Object.freeze({ timeoutMs: 5000, onError: 'fail' as const, ...options, mode: 'async' as const });
}

/** Declares a synchronous hook point, for hot paths: no promises, no deadlines. */
export function defineSyncHook<Input, Output, Kind extends Exclude<HookKind, 'parallel'>>(
  options: Omit<HookOptions<Kind>, 'timeoutMs'>,
): Hook<Input, Output, Kind, 'sync'> {
  return Object.freeze({ onError: 'fail' as const, ...options, timeoutMs: 0, mode: 'sync' as const });
}

/** What a tap is told besides its input. */
export interface TapInfo {
  /**
   * Aborted when the tap misses its deadline or the work it belongs to is cancelled. Ask for it before the tap has
   * answered: what is asked for the first time afterwards may be the signal of another call.
   */
  readonly signal: AbortSignal;
}

/** What a tap may return for each kind. */
export type TapResult<Input, Output, Kind extends HookKind> = Kind extends 'series'
  ? void
  : Kind extends 'waterfall'
    ? Input | undefined | null | void
    : Kind extends 'bail'
      ? Output | undefined | null | void
      : Output;

/** The function a plugin taps a hook with. */
export type TapHandler<H> =
  H extends Hook<infer Input, infer Output, infer Kind, infer Mode>
    ? Mode extends 'sync'
      ? (input: Input) => TapResult<Input, Output, Kind>
      : (
          input: Input,
          info: TapInfo,
        ) => TapResult<Input, Output, Kind> | Promise<TapResult<Input, Output, Kind>>
    : never;

/** What a call of the hook gives its owner. */
export type HookResult<Input, Output, Kind extends HookKind> = Kind extends 'series'
  ? void
  : Kind extends 'waterfall'
    ? Input
    : Kind extends 'bail'
      ? Output | undefined
      : readonly { readonly plugin: string; readonly value: Output }[];

/** The callable a hook's owner holds; it reaches the taps of the generation the current work began in. */
export type HookCaller<H> =
  H extends Hook<infer Input, infer Output, infer Kind, infer Mode>
    ? Mode extends 'sync'
      ? (input: Input) => HookResult<Input, Output, Kind>
      : (input: Input) => Promise<HookResult<Input, Output, Kind>>
    : never;

/** Where a tap stands among the taps of its hook. Unknown plugins and cycles are refused at apply. */
export interface TapOptions {
  /** Ids of plugins whose taps must run later. */
  readonly before?: string | readonly string[];
  /** Ids of plugins whose taps must run earlier. */
  readonly after?: string | readonly string[];
  /** Lower runs first. Default 0. */
  readonly stage?: number;
}
