import type { RunScope } from '../run/run-scope.ts';

interface Pause {
  readonly until: number;
  end(): void;
}

/** The pauses of a run that is replayed: nobody waits, each ends when it is its turn. */
export class ReplayPauses {
  readonly #pauses = new Set<Pause>();

  /** Resolves when the pause is ended, when the run is stopped, or `signal` aborts. */
  begin(scope: Pick<RunScope, 'onStop' | 'stop'>, until: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pauses.delete(pause);
        forget();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const pause: Pause = { until, end };
      this.#pauses.add(pause);
      const forget = scope.onStop(end);
      signal?.addEventListener('abort', end);
      if (scope.stop || signal?.aborted) end();
    });
  }

  /** Ends the one that is over first, and gives when that is; `undefined` when there is none. */
  endNext(): number | undefined {
    const [pause] = [...this.#pauses].sort((a, b) => a.until - b.until);
    pause?.end();
    return pause?.until;
  }
}
