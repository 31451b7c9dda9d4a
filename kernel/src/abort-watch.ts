/** Work that ends when its caller's signal aborts. */
export interface Abortable {
  /** Called once, when the signal aborts. */
  cancel(reason: unknown): void;
}

// One listener for each signal however much work waits on it: adding a listener costs more than a dispatch.
const waiting = new WeakMap<AbortSignal, Set<Abortable>>();

/** Cancels `work` when `signal` aborts; the signal must not have aborted yet. */
export function watchAbort(signal: AbortSignal, work: Abortable): void {
  let works = waiting.get(signal);
  if (works === undefined) {
    waiting.set(signal, (works = new Set()));
    const all = works;
    const cancelAll = (): void => all.forEach((one) => one.cancel(signal.reason));
    signal.addEventListener('abort', cancelAll, { once: true });
  }
  works.add(work);
}

/** Leaves `work` alone from now on. */
export function unwatchAbort(signal: AbortSignal, work: Abortable): void {
  waiting.get(signal)?.delete(work);
}
