import {
  PostgresAdapter,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import type { Sql, SqlDialect, SqlValue } from '../contracts/storage.ts';
import { errors } from '../error-table.ts';
import type { AgentFactoryError } from '../errors.ts';

/** Where a query builder runs what it built. */
export interface SqlRunner extends Sql {
  readonly dialect: SqlDialect;
}

/** The storage contract writes `?` for a parameter on every engine. */
class StoragePostgresCompiler extends PostgresQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '?';
  }
}

/** Whose turn it is on SQLite's one connection is the storage's business. */
class StorageSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

const changing: ReadonlySet<string> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']);
const reading: ReadonlySet<string> = new Set(['SelectQueryNode', 'RawNode']);

/** A Kysely dialect whose every statement goes through `query` and `execute` of the storage contract. */
export function createStorageDialect(runner: SqlRunner): Dialect {
  const onSqlite = runner.dialect === 'sqlite';
  return {
    createAdapter: () => (onSqlite ? new StorageSqliteAdapter() : new PostgresAdapter()),
    createQueryCompiler: () => (onSqlite ? new SqliteQueryCompiler() : new StoragePostgresCompiler()),
    createDriver: () => createDriver(runner),
    createIntrospector() {
      throw refused('look at the schema', 'Read what you need with a query; tables come from migrations.');
    },
  };
}

function createDriver(runner: SqlRunner): Driver {
  const connection: DatabaseConnection = {
    executeQuery: (compiled) => run(runner, compiled),
    streamQuery() {
      throw refused('stream rows', 'Read them in pages with keysetPage().');
    },
  };
  const noTransaction = async (): Promise<never> => {
    throw refused('begin a transaction', 'Use withTransaction() of @agent-factory/sdk/sql.');
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    // Asked for after a transaction that could not begin; nothing is left to undo.
    rollbackTransaction: async () => undefined,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

async function run<Row>(runner: SqlRunner, compiled: CompiledQuery): Promise<QueryResult<Row>> {
  const { query, sql } = compiled;
  // The storage refuses, with a code, what is no SqlValue.
  const params = compiled.parameters as readonly SqlValue[];
  if (changing.has(query.kind) && !('returning' in query && query.returning)) {
    const { changes } = await runner.execute(sql, params);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }
  if (!changing.has(query.kind) && !reading.has(query.kind))
    throw refused('change the schema', 'Write a migration: its way back is kept with the data.');
  const rows = await runner.query<Row & object>(sql, params);
  const result = { rows: [...rows] };
  return changing.has(query.kind) ? { ...result, numAffectedRows: BigInt(rows.length) } : result;
}

function refused(what: string, mend: string): AgentFactoryError {
  return errors.AF_SQL_REFUSED({ what, mend });
}
