import { unlessAborted } from '@agent-factory/sdk';

/**
 * What a stream gives until `signal` aborts, which fails it with the signal's reason, whatever its source does
 * meanwhile; the source is told that nobody reads on.
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const pieces = source[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await unlessAborted(pieces.next(), signal);
      isOver = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that does not heed the signal may take its time.
    if (!isOver) pieces.return?.().catch(() => {});
  }
}
