import type { Database, Statement } from 'better-sqlite3';
import type { SqlValue } from '@agent-factory/sdk/contracts';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { holdsRounded, narrow } from './sql-values.ts';

/** A prepared statement, and how its rows are read. */
export interface CachedStatement {
  readonly prepared: Statement<SqlValue[], object>;
  /** Reads every integer as bigint first, because one was seen that a number cannot hold. */
  exact: boolean;
}

/** Prepared statements by their text. */
export interface StatementCache {
  get(sql: string): CachedStatement;
  /** Forgets them all, after the schema has changed. */
  clear(): void;
}

/** How many statements stay prepared at least; twice as many at most. */
const capacity = 256;

const firstWord = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/|;)*([a-z]+)/i;

/** What a statement may not begin with, and why. */
const refused: ReadonlyMap<string, string> = new Map([
  ...['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE'].map(
    (word) => [word, 'transactions are begun and ended with transaction() and batch()'] as const,
  ),
  // Another file is another tenant's, or the platform's.
  ...['ATTACH', 'DETACH', 'VACUUM'].map((word) => [word, `${word} reaches beyond this database`] as const),
]);

/** Quoted texts, names and comments, and beside them the values that columns are compared with. */
const comparedValue = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|(=\s*)\?(?!\d)/g;

/**
 * SQLite plans a statement anew each time it is run if the values in it could matter to the plan, as those of joins and
 * of what is ordered could, and the driver forgets them after each. That took longer than to run it. A sign in front
 * changes no value, and hides it from the planner.
 */
export function plannedOnce(sql: string): string {
  return sql.replaceAll(comparedValue, (found, equals?: string) =>
    equals === undefined ? found : `${equals}+?`,
  );
}

/**
 * Keeps statements prepared. A full half moves to the side and a new one begins: a hit costs one look-up, and
 * what is used stays.
 */
export function createStatementCache(database: Database): StatementCache {
  let young = new Map<string, CachedStatement>();
  let old = new Map<string, CachedStatement>();

  const prepare = (sql: string): CachedStatement => {
    const reason = refused.get(firstWord.exec(sql)?.[1]?.toUpperCase() ?? '');
    if (reason !== undefined) throw errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql });
    const prepared = database.prepare<SqlValue[], object>(plannedOnce(sql));
    // A changing statement cannot be run a second time to read it exactly.
    const exact = prepared.reader && !prepared.readonly;
    if (exact) prepared.safeIntegers(true);
    return { prepared, exact };
  };

  return {
    get(sql) {
      let found = young.get(sql);
      if (found !== undefined) return found;
      found = old.get(sql) ?? prepare(sql);
      if (young.size >= capacity) {
        old = young;
        young = new Map();
      }
      young.set(sql, found);
      return found;
    },
    clear() {
      young.clear();
      old.clear();
    },
  };
}

/** Rows of a statement; none where it gives none. Integers beyond 2^53 come as bigint. */
export function readRows(statement: CachedStatement, params: readonly SqlValue[]): readonly object[] {
  const { prepared } = statement;
  if (!prepared.reader) {
    prepared.run(...params);
    return [];
  }
  let rows = prepared.all(...params);
  if (!statement.exact) {
    if (!holdsRounded(rows)) return rows;
    statement.exact = true;
    prepared.safeIntegers(true);
    rows = prepared.all(...params);
  }
  narrow(rows);
  return rows;
}
