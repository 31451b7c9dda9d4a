import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import type { RunEvent } from '@agent-factory/sdk/domain';
import type { Durability, Platform } from './platform.ts';

/** Inserts events as fast as the driver allows: one table, one prepared statement, one transaction for each batch. */
export interface RawWriter {
  /** Empties the table. */
  clear(): Promise<void> | void;
  insert(batch: readonly RunEvent[]): Promise<void> | void;
  close(): Promise<void> | void;
}

/** Those of the journal's events. */
const columns =
  'run_id TEXT NOT NULL, seq BIGINT NOT NULL, type TEXT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL, hash TEXT NOT NULL,' +
  ' PRIMARY KEY (run_id, seq)';
/** As long as a hash in base64; raw computes none. */
const hash = '-'.repeat(44);

/** better-sqlite3 itself, on a file of its own beside the platform's. */
export function rawSqlite({ dataDir }: Platform, durability: Durability): RawWriter {
  const database = new Database(join(dataDir, 'raw.db'));
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${durability === 'fsync' ? 'FULL' : 'NORMAL'}`);
  database.pragma('wal_autocheckpoint = 4000');
  database.exec(`CREATE TABLE IF NOT EXISTS events (${columns}) WITHOUT ROWID`);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  return {
    clear: () => void database.exec('DELETE FROM events'),
    insert: database.transaction((batch: readonly RunEvent[]) => {
      for (const { runId, seq, type, at, data } of batch)
        insert.run(runId, seq, type, at, JSON.stringify(data), hash);
    }),
    close: () => void database.close(),
  };
}

/** pg itself, on the same server: one INSERT of many rows for each batch. */
export async function rawPostgres({ url }: Platform, durability: Durability): Promise<RawWriter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET synchronous_commit = ${durability === 'fsync' ? 'on' : 'off'}`);
  await client.query(`CREATE TABLE IF NOT EXISTS raw_events (${columns})`);
  const texts = new Map<number, string>();
  const textFor = (rows: number): string => {
    const known = texts.get(rows);
    if (known !== undefined) return known;
    const row = (at: number): string =>
      `(${Array.from({ length: 6 }, (_, column) => `$${at + column}`).join(', ')})`;
    const text = `INSERT INTO raw_events VALUES ${Array.from({ length: rows }, (_, index) => row(index * 6 + 1)).join(', ')}`;
    texts.set(rows, text);
    return text;
  };
  return {
    async clear() {
      await client.query('TRUNCATE raw_events');
    },
    async insert(batch) {
      const values = batch.flatMap(({ runId, seq, type, at, data }) => [
        runId,
        seq,
        type,
        at,
        JSON.stringify(data),
        hash,
      ]);
      await client.query({ name: `insert-${batch.length}`, text: textFor(batch.length), values });
    },
    close: () => client.end(),
  };
}
