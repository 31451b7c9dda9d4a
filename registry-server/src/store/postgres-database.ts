import pg from 'pg';
import type { Sql, SqlDatabase, SqlValue } from './sql.ts';

const schema = 'af_registry';
/** Held by the one transaction that writes. */
const writeLock = 7_204_118_350;
const bigint = 20;

/** Opens a PostgreSQL database; everything of the registry is in the schema `af_registry`. */
export async function openPostgres(url: string): Promise<SqlDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    types: {
      // Counters and sizes stay far below 2^53.
      getTypeParser: (id: number, format?: 'text' | 'binary'): unknown =>
        id === bigint ? Number : pg.types.getTypeParser(id, format === 'binary' ? 'binary' : 'text'),
    } as pg.CustomTypesConfig, // its overloads differ only in what they return
    options: `-c search_path=${schema}`,
  });
  // A connection lost while idle is replaced when it is next needed.
  pool.on('error', () => {});
  try {
    await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  } catch (error) {
    await pool.end();
    throw error;
  }

  return {
    dialect: 'postgres',
    ...statements(pool),
    async write(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('SELECT pg_advisory_xact_lock($1)', [writeLock]);
        const result = await work(statements(client));
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // A connection that cannot even roll back is thrown away; the server rolls back for it.
        await client.query('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        );
        throw error;
      }
    },
    // To ask whether something was committed takes as long as to ask for a row.
    stamp: () => undefined,
    close: () => pool.end(),
  };
}

const numbered = new Map<string, string>();

/** `?` as PostgreSQL wants it: $1, $2, … */
function withNumbers(text: string): string {
  let found = numbered.get(text);
  if (found === undefined) {
    let count = 0;
    numbered.set(text, (found = text.replace(/\?/g, () => `$${++count}`)));
  }
  return found;
}

function statements(client: pg.Pool | pg.PoolClient): Sql {
  const query = (text: string, values: readonly SqlValue[] = []): Promise<pg.QueryResult> =>
    client.query(withNumbers(text), [...values]);
  // The shape of a row is what the statement selects; whoever writes one says it.
  return {
    all: async <Row>(text: string, values?: readonly SqlValue[]) => (await query(text, values)).rows as Row[],
    get: async <Row>(text: string, values?: readonly SqlValue[]) =>
      (await query(text, values)).rows[0] as Row | undefined,
    run: async (text, values) => (await query(text, values)).rowCount ?? 0,
  };
}
