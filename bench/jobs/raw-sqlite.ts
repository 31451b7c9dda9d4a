// The least a durable queue in SQLite can be: one table, a lease, a fence, prepared statements, one at a time.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Load, OpenSubject } from './queue-subject.ts';

const schema = `
CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, priority INTEGER NOT NULL, run_at INTEGER NOT NULL,
  fence INTEGER NOT NULL DEFAULT 0, lease_until INTEGER, data TEXT NOT NULL, result TEXT);
CREATE INDEX jobs_ready ON jobs (priority DESC, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'active';`;
const leaseMs = 10_000;

interface Row {
  readonly id: number;
  readonly fence: number;
  readonly data: string;
}

/** Opens it on a file in write-ahead mode, synced as the platform's storage is by default. */
export const rawSqlite: OpenSubject = async ({ folder }) => {
  const database = new Database(join(folder, 'raw.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(schema);
  const insert = database.prepare<[number, string]>(
    "INSERT INTO jobs (state, priority, run_at, data) VALUES ('ready', 50, ?, ?)",
  );
  const claim = database.prepare<[number, number], Row>(
    `UPDATE jobs SET state = 'active', fence = fence + 1, lease_until = ? WHERE id = (SELECT id FROM jobs
      WHERE state = 'ready' AND run_at <= ? ORDER BY priority DESC, run_at, id LIMIT 1) RETURNING id, fence, data`,
  );
  const complete = database.prepare<[string, number, number]>(
    "UPDATE jobs SET state = 'completed', result = ?, lease_until = NULL WHERE id = ? AND fence = ? AND state = 'active'",
  );
  const insertMany = database.transaction((loads: readonly Load[]) => {
    for (const load of loads) insert.run(Date.now(), JSON.stringify(load));
  });
  let wake = (): void => {};
  let closed = false;

  return {
    async addOne(load) {
      insert.run(Date.now(), JSON.stringify(load));
      wake();
    },
    async addMany(loads) {
      insertMany(loads);
      wake();
    },
    async work(handler, concurrency) {
      let active = 0;
      let scheduled = false;
      const done = async ({ id, fence, data }: Row): Promise<void> => {
        const result = await handler(JSON.parse(data) as Load); // written above
        complete.run(JSON.stringify(result), id, fence);
        active--;
        wake();
      };
      const pump = (): void => {
        scheduled = false;
        while (!closed && active < concurrency) {
          const now = Date.now();
          const row = claim.get(now + leaseMs, now);
          if (row === undefined) return;
          active++;
          void done(row);
        }
      };
      wake = () => {
        if (scheduled) return;
        scheduled = true;
        setImmediate(pump);
      };
      wake();
    },
    async completed() {
      const row = database
        .prepare<[], { n: number }>("SELECT COUNT(*) AS n FROM jobs WHERE state = 'completed'")
        .get();
      return row?.n ?? 0;
    },
    async close() {
      closed = true;
      database.close();
    },
  };
};
