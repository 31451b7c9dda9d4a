import type { RunScope } from './run-scope.ts';

/** Resolves after that time, or when the run is stopped. */
export function pauseRun(scope: Pick<RunScope, 'onStop' | 'stop'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(over, ms);
    const forget = scope.onStop(over);
    if (scope.stop) over();
  });
}
