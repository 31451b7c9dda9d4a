/** What is sent, whole: bytes, or a text of one character for each byte, to be sent as `latin1`. */
type Body = Uint8Array | string;

/** So small a text goes out in one piece with the headers, which bytes never do. */
const textUpTo = 2 ** 14;

/** Keeps small bodies in memory, the last used longest. */
export interface BodyCache {
  get(key: string): Body | undefined;
  /** Keeps some bytes; gives them back as they are best sent. */
  put(key: string, bytes: Uint8Array): Body;
}

/** @param capacity bytes of all together; one may take a hundredth of it */
export function createBodyCache(capacity: number): BodyCache {
  const kept = new Map<string, Body>();
  let size = 0;
  return {
    get(key) {
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    put(key, bytes) {
      const body = bytes.length > textUpTo ? bytes : Buffer.from(bytes).toString('latin1');
      if (bytes.length > capacity / 100 || kept.has(key)) return body;
      kept.set(key, body);
      size += bytes.length;
      for (const [oldest, { length }] of kept) {
        if (size <= capacity) break;
        kept.delete(oldest);
        size -= length;
      }
      return body;
    },
  };
}
