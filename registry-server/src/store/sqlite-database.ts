import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Sql, SqlDatabase, SqlValue } from './sql.ts';
import { openSqliteStamp } from './sqlite-stamp.ts';

/**
 * Opens a SQLite file: one connection writes, one reads what is committed. A commit is on the disk when it returns
 * (WAL, synchronous FULL).
 */
export function openSqlite(file: string): SqlDatabase {
  mkdirSync(dirname(file), { recursive: true });
  const writer = new Database(file, { timeout: 10_000 });
  writer.pragma('journal_mode = WAL');
  writer.pragma('synchronous = FULL');
  writer.pragma('foreign_keys = ON');
  const reader = new Database(file, { timeout: 10_000 });
  reader.pragma('query_only = ON');
  reader.pragma('cache_size = -8000');
  const writes = statements(writer);
  const stamp = openSqliteStamp(file);
  let last: Promise<unknown> = Promise.resolve();

  async function transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    writer.exec('BEGIN IMMEDIATE');
    try {
      const result = await work(writes);
      writer.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction by itself.
      if (writer.inTransaction) writer.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    dialect: 'sqlite',
    ...statements(reader),
    write(work) {
      const mine = last.then(() => transaction(work));
      last = mine.catch(() => {});
      return mine;
    },
    stamp: stamp.read,
    async close() {
      await last;
      reader.close();
      writer.close();
      stamp.close();
    },
  };
}

function statements(database: Database.Database): Sql {
  const prepared = new Map<string, Database.Statement<SqlValue[]>>();
  const statement = (text: string): Database.Statement<SqlValue[]> => {
    let found = prepared.get(text);
    if (!found) prepared.set(text, (found = database.prepare<SqlValue[]>(keptPlan(text))));
    return found;
  };
  // The shape of a row is what the statement selects; whoever writes one says it.
  return {
    all: async <Row>(text: string, values: readonly SqlValue[] = []) =>
      statement(text).all(...values) as Row[],
    get: async <Row>(text: string, values: readonly SqlValue[] = []) =>
      statement(text).get(...values) as Row | undefined,
    run: async (text, values = []) => statement(text).run(...values).changes,
  };
}

/**
 * SQLite would plan a statement that orders rows anew for each value it is given, in case statistics made another plan
 * better; of `+?` it asks nothing, and the plan is kept.
 */
function keptPlan(text: string): string {
  return /\sORDER BY\s/.test(text) ? text.replaceAll('?', '+?') : text;
}
