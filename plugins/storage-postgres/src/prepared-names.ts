import type { Column, PreparedStatements } from './pipeline.ts';

/** How many statements one connection keeps prepared. */
const capacity = 256;

/** What one connection has prepared; the longest unused is given up for a new one. */
export interface PreparedNames extends PreparedStatements {
  /** Trusts nothing any more, because the tables have changed. */
  doubtAll(): void;
}

/** Remembers nothing yet. */
export function createPreparedNames(): PreparedNames {
  const known = new Map<string, readonly Column[]>();
  const doubtful = new Set<string>();
  return {
    has(name) {
      const columns = known.get(name);
      if (columns === undefined) return false;
      known.delete(name);
      known.set(name, columns); // now the last to be given up
      return true;
    },
    columns: (name) => known.get(name),
    toClose(name) {
      // To close what is not there is no error, and a name given up earlier may have stayed.
      const names = [name];
      doubtful.delete(name);
      for (const kept of [doubtful, known])
        for (const oldest of kept.keys()) {
          if (known.size + doubtful.size < capacity) break;
          kept.delete(oldest);
          names.push(oldest);
        }
      return names;
    },
    keep(name, columns) {
      doubtful.delete(name);
      known.set(name, columns);
    },
    doubt(name) {
      known.delete(name);
      doubtful.add(name);
    },
    doubtAll() {
      for (const name of known.keys()) doubtful.add(name);
      known.clear();
    },
  };
}
