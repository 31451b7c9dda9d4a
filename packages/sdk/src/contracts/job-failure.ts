import { isAgentFactoryError } from '../errors.ts';
import { jobsErrors } from './jobs-errors.ts';
import type { JobBackoff, JobFailure } from './jobs.ts';

/** What a handler threw, as it is kept with the job: its own `AF_…` code, or AF_JOB_FAILED. No stack trace. */
export function jobFailure(error: unknown): JobFailure {
  if (isAgentFactoryError(error)) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  const { code, message } = jobsErrors.AF_JOB_FAILED({ reason });
  return { code, message };
}

/** Whether a job that failed with this error may be tried again: unless the error's `retryable` is false. */
export function mayRetryJob(error: unknown): boolean {
  return !(typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === false);
}

/**
 * Milliseconds to wait after the attempt of this number (1, 2, …) failed. `random` gives numbers from 0 to below 1; the
 * pause is up to a quarter shorter or longer by it, and never longer than the back-off's most.
 */
export function jobRetryDelay(
  { kind, delayMs, maxMs }: Required<JobBackoff>,
  attempt: number,
  random: () => number = Math.random,
): number {
  const grown = kind === 'fixed' ? delayMs : delayMs * 2 ** Math.min(attempt - 1, 52);
  return Math.round(Math.min(Math.min(grown, maxMs) * (0.75 + random() / 2), maxMs));
}
