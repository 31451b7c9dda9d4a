import type { AgentFactoryError } from '@agent-factory/sdk';
import { reasonOf } from './deadline.ts';
import { errors } from './errors.ts';
import type { Tap } from './tap-order.ts';

/** Tells someone of a failure that the hook's policy isolates. */
export type ReportFailure = (failure: { plugin: string; hook: string; error: unknown }) => void;

/** Counts a failure of `tap` and blames it: AF_HOOK_TAP_FAILED with what it threw as the cause. */
export function tapFailed(tap: Tap, thrown: unknown): AgentFactoryError {
  tap.stats.errors++;
  const details = { plugin: tap.plugin, hook: tap.hook.id, reason: reasonOf(thrown) };
  return errors.AF_HOOK_TAP_FAILED(details, { cause: thrown });
}

/** Counts a missed deadline of `tap`: AF_HOOK_TIMEOUT. */
export function tapTimedOut(tap: Tap): AgentFactoryError {
  tap.stats.errors++;
  return errors.AF_HOOK_TIMEOUT({ plugin: tap.plugin, hook: tap.hook.id, ms: tap.hook.timeoutMs });
}

/** Reports an isolated failure. */
export function tellFailure(report: ReportFailure, tap: Tap, error: unknown): void {
  try {
    report({ plugin: tap.plugin, hook: tap.hook.id, error });
  } catch {
    // A reporter that throws must not fail the call whose failure it was to report.
  }
}
