import type { RunSubject } from '@agent-factory/sdk/domain';
import type { LoadedSubject } from '../run/run-executor.ts';

const capacity = 2_000;

/** Definitions that were made ready, so that each run need not do it; as long as they say they are good. */
export interface LoadedCache {
  get(tenant: string, subject: RunSubject, load: () => Promise<LoadedSubject>): Promise<LoadedSubject>;
  peek(tenant: string, subject: RunSubject): Promise<LoadedSubject> | undefined;
  /** Forgets those of a tenant, or all. */
  forget(tenant: string | undefined): void;
}

interface Entry {
  readonly made: Promise<LoadedSubject>;
  /** Milliseconds of the clock. */
  until: number;
}

/** Creates the cache. When it is full, the one that was made first goes. */
export function createLoadedCache(now: () => number = () => performance.now()): LoadedCache {
  const entries = new Map<string, Entry>();
  const keyOf = (tenant: string, { kind, hash }: RunSubject): string => `${tenant}/${kind}/${hash}`;
  return {
    get(tenant, subject, load) {
      const key = keyOf(tenant, subject);
      const known = entries.get(key);
      if (known && known.until > now()) return known.made;
      const made = load();
      const entry: Entry = { made, until: Infinity };
      entries.delete(key);
      entries.set(key, entry);
      made.then(
        ({ goodForMs = Infinity }) => {
          entry.until = now() + goodForMs;
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      const [first] = entries.keys();
      if (entries.size > capacity && first !== undefined) entries.delete(first);
      return made;
    },
    peek: (tenant, subject) => entries.get(keyOf(tenant, subject))?.made,
    forget(tenant) {
      if (tenant === undefined) return entries.clear();
      for (const key of entries.keys()) if (key.startsWith(`${tenant}/`)) entries.delete(key);
    },
  };
}
