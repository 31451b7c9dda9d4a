import type { AnyHook } from '@agent-factory/sdk';
import type { ReportFailure } from './tap-failure.ts';
import type { Tap } from './tap-order.ts';

/** A hook with its taps sealed in: nothing is ever added, each generation compiles its own. */
export interface CompiledHook {
  /** The taps in the order they run. */
  readonly taps: readonly Tap[];
  /** How often it was called. */
  readonly dispatches: number;
  /**
   * Runs the taps. What comes back is the `HookResult` of the hook's kind, as a promise unless the hook is
   * synchronous.
   *
   * @param signal the caller's own; when it aborts, the call ends with its reason and no tap is blamed.
   * @throws AF_HOOK_TAP_FAILED or AF_HOOK_TIMEOUT when a tap fails and the hook's policy is `fail`.
   */
  readonly call: HookCall;
}

/** Runs the taps of one compiled hook. */
export type HookCall = (input: unknown, signal?: AbortSignal) => unknown;

/** What every dispatch of one compiled hook shares. */
export interface HookParts {
  readonly hook: AnyHook;
  readonly taps: readonly Tap[];
  readonly report: ReportFailure;
  /** How many were begun. */
  dispatches: number;
}

/** Dispatches of a compiled hook that are all timed, so that a new plugin's cost shows at once. */
const timedAtFirst = 16;
/** After those, one dispatch in this many is timed. */
const timedEvery = 256;

/**
 * Counts a dispatch that begins and says how much its time counts for: 0 when it is not timed at all, which
 * keeps the clock off the fast path; else the number of dispatches it stands for.
 */
export function countDispatch(parts: HookParts): number {
  const count = ++parts.dispatches;
  if (count <= timedAtFirst) return 1;
  return count % timedEvery === 0 ? timedEvery : 0;
}
