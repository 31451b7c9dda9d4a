import { errors } from '../errors.ts';
import { failureOf } from './failure.ts';
import { endsWriting, type RunScope } from './run-scope.ts';

/** Writes why the work ended before the run did. A run that is given up goes on elsewhere, and nothing is written. */
export function concludeRun(scope: RunScope, error: unknown): void {
  const { stop, progress, loaded } = scope;
  const { usage } = progress.run;
  if (endsWriting(stop) || stop?.kind === 'released') return;
  if (progress.cancelling !== undefined) {
    scope.emit('run.cancelled', { reason: progress.cancelling, usage });
    return;
  }
  const max = progress.limits.timeMs ?? loaded.limits.timeMs;
  const ended = stop?.kind === 'refused' ? stop.error : error;
  const cause = stop?.kind === 'timed-out' ? errors.AF_RUN_LIMIT_TIME({ max }) : ended;
  const failure = failureOf(cause, (reason) => errors.AF_RUN_FAILED({ reason }, { cause: error }));
  scope.emit('run.failed', { error: failure, usage });
}
