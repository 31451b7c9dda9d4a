import { clearTimeout, setTimeout } from 'node:timers'; // the global ones are watched for what plugins leave

/**
 * What `work` gives, or a rejection with `late()` when that takes longer than `ms` milliseconds. What comes after
 * the deadline is handed to `discard`; a rejection by then is swallowed, for it has been reported already.
 */
export function withDeadline<T>(
  work: T | PromiseLike<T>,
  ms: number,
  late: () => Error,
  discard?: (value: T) => void,
): T | Promise<T> {
  if (typeof (work as PromiseLike<T> | undefined)?.then !== 'function') return work as T; // nothing to wait for
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(late());
    }, ms);
    // Adopted, because a foreign promise may call back twice, or throw.
    const settle = (value: T): void => (isLate ? discard?.(value) : resolve(value));
    void Promise.resolve(work)
      .then(settle, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** The words of anything that was thrown, without a stack. */
export function reasonOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name;
    return typeof thrown === 'string' ? thrown : `it threw ${String(thrown)}, which is no Error`;
  } catch {
    return 'it threw a value that cannot be printed';
  }
}
