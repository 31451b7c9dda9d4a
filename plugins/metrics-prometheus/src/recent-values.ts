/** What was seen lately, by a key; the oldest go where there are too many. */
export interface RecentValues<T> {
  set(key: string, value: T): void;
  /** Gives it and forgets it. */
  take(key: string): T | undefined;
}

export function createRecentValues<T>(most: number): RecentValues<T> {
  const values = new Map<string, T>();
  return {
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      if (values.size <= most) return;
      for (const oldest of values.keys()) {
        values.delete(oldest);
        return;
      }
    },
    take(key) {
      const value = values.get(key);
      values.delete(key);
      return value;
    },
  };
}
