/**
 * Settles as `work` does, or rejects with `late()` when it takes longer than `ms` milliseconds. A rejection that
 * comes after the deadline is swallowed: it has been reported already.
 */
export function withDeadline<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The words of anything that was thrown, without a stack. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' ? thrown : `it threw ${String(thrown)}, which is no Error`;
}
