/** Keeps small tarballs in memory, the last used longest. */
export interface TarballCache {
  get(key: string): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): void;
}

/** @param capacity bytes of all together; one may take a hundredth of it */
export function createTarballCache(capacity: number): TarballCache {
  const kept = new Map<string, Uint8Array>();
  let size = 0;
  return {
    get(key) {
      const found = kept.get(key);
      if (found) {
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    put(key, bytes) {
      if (bytes.length > capacity / 100 || kept.has(key)) return;
      kept.set(key, bytes);
      size += bytes.length;
      for (const [oldest, { length }] of kept) {
        if (size <= capacity) break;
        kept.delete(oldest);
        size -= length;
      }
    },
  };
}
