/** Work that ends when its caller's signal aborts. */
export interface Abortable {
  /** Called once, when the signal aborts. */
  cancel(reason: unknown): void;
}

// One listener for each signal however much work waits on it: adding a listener costs more than a dispatch.
const waiting = new WeakMap<AbortSignal, Set<Abortable>>();

/** Cancels `work` when `signal` aborts; the signal must not have aborted yet. */
export function watchAbort(signal: AbortSignal, work: Abortable): void {
  const known = waiting.get(signal);
  if (known !== undefined) {
    known.add(work);
    return;
  }
  const works = new Set([work]);
  waiting.set(signal, works);
  const cancelAll = (): void => {
    for (const one of works) one.cancel(signal.reason);
  };
  signal.addEventListener('abort', cancelAll, { once: true });
}

/** Leaves `work` alone from now on. */
export function unwatchAbort(signal: AbortSignal, work: Abortable): void {
  waiting.get(signal)?.delete(work);
}
