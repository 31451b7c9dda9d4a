import type { RunProgress } from './run-progress.ts';
import { endsWriting, type Stop } from './run-scope.ts';

/** Work on a run that can be told to end, and what waits inside it. */
export abstract class Stoppable {
  abstract readonly progress: RunProgress;
  readonly #controller = new AbortController();
  readonly #listeners = new Set<() => void>();
  #outside: PromiseWithResolvers<void> | undefined;
  #stop: Stop | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** Ends the work: aborts what is in flight. Only what makes further events impossible overrides an earlier reason. */
  interrupt(stop: Stop): void {
    if (this.#stop && !endsWriting(stop)) return;
    this.#stop = stop;
    this.#controller.abort(new Error(`The run was ${stop.kind}.`));
    for (const listener of this.#listeners) listener();
    this.#outside?.resolve();
  }

  onStop(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new Error('stopped'));
      this.#listeners.add(stop);
      work.then(
        (value) => {
          this.#listeners.delete(stop);
          resolve(value);
        },
        (error: unknown) => {
          this.#listeners.delete(stop);
          reject(error);
        },
      );
      if (this.#stop) stop();
    });
  }

  check(): void {
    if (this.#stop || this.progress.cancelling !== undefined) throw new Error('stopped');
  }

  outside(): Promise<void> {
    this.#outside ??= Promise.withResolvers<void>();
    return this.#outside.promise;
  }

  /** Something came from outside: whoever waits for it looks. */
  protected wake(): void {
    const waiting = this.#outside;
    this.#outside = undefined;
    waiting?.resolve();
  }
}
