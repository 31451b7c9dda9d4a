import type { RunScope } from './run-scope.ts';

const mostMs = 2 ** 31 - 1;

/** Resolves after that time, or when the run is stopped or `signal` aborts. */
export function pauseRun(
  scope: Pick<RunScope, 'onStop' | 'stop'>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      forget();
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, Math.min(ms, mostMs));
    const forget = scope.onStop(over);
    signal?.addEventListener('abort', over);
    if (scope.stop || signal?.aborted) over();
  });
}
