import type { AnyHook } from '@agent-factory/sdk';
import { compileAsyncHook } from './hook-async.ts';
import { compileSyncHook } from './hook-sync.ts';
import type { CompiledHook, HookParts } from './compiled-hook.ts';
import type { ReportFailure } from './tap-failure.ts';
import type { Tap } from './tap-order.ts';

export type { CompiledHook } from './compiled-hook.ts';

/**
 * Compiles a hook for one generation.
 *
 * @param taps already in order; see `orderTaps`.
 * @param report is told of each failure that the hook's policy isolates.
 */
export function compileHook(hook: AnyHook, taps: readonly Tap[], report: ReportFailure): CompiledHook {
  const parts: HookParts = { hook, taps: [...taps], report, dispatches: 0 };
  const call = hook.mode === 'sync' ? compileSyncHook(parts) : compileAsyncHook(parts);
  return Object.freeze({
    taps: Object.freeze([...taps]),
    get dispatches(): number {
      return parts.dispatches;
    },
    call,
  });
}
