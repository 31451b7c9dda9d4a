import { addDownloads } from '../store/packages.ts';
import type { SqlDatabase } from '../store/sql.ts';

/** Counts downloads in memory and writes them down now and then; those of a crash's last minute are lost. */
export interface DownloadCounts {
  add(name: string, version: string): void;
  flush(): Promise<void>;
}

export function createDownloadCounts(database: SqlDatabase, now: () => Date): DownloadCounts {
  let counts = new Map<string, { name: string; version: string; count: number }>();
  return {
    add(name, version) {
      const key = `${name}@${version}`;
      const found = counts.get(key);
      if (found) found.count += 1;
      else counts.set(key, { name, version, count: 1 });
    },
    async flush() {
      if (counts.size === 0) return;
      const day = now().toISOString().slice(0, 10);
      const taken = [...counts.values()].map((each) => ({ ...each, day }));
      counts = new Map();
      await database.write((sql) => addDownloads(sql, taken));
    },
  };
}
