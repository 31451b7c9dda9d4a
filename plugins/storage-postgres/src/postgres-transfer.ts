import type pg from 'pg';
import type {
  StorageTransfer,
  TenantStorage,
  TransferRow,
  TransferScope,
  TransferTable,
} from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { sqlState, translate } from './driver-errors.ts';
import { constraintsTable, tenantsTable } from './own-schema.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { errors } from './errors.ts';
import { failure, sendAlone } from './run-outcome.ts';
import { ownName } from './statement-name.ts';
import { toWire } from './sql-values.ts';
import { tenantColumn } from './tenant-rules.ts';
import { open, shut, tenantTables } from './tenant-tables.ts';
import { createSearchTables, indexOfTable } from './text-search-tables.ts';
import { createSnapshot } from './transfer-snapshot.ts';
import { quoted, tableName } from './transfer-tables.ts';

/** The server takes no more parameters than this in one statement. */
const mostParams = 60_000;

/** Creates the transfer of everything there is. */
export function createPostgresTransfer(pool: ConnectionPool, tenants: TenantStorage): StorageTransfer {
  /** Runs `work` in a transaction that may take as long as it needs. */
  const within = <T>(mode: string, work: (connection: PostgresConnection) => Promise<T>): Promise<T> =>
    pool.use(async (connection) => {
      const { client } = connection;
      connection.patient = true;
      let failed = true;
      try {
        await client.query(`BEGIN ${mode}`);
        await client.query(
          "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)",
        );
        const result = await work(connection);
        await client.query('COMMIT');
        failed = false;
        return result;
      } catch (error) {
        throw error instanceof Error && 'severity' in error ? translate(error, pool.place) : error;
      } finally {
        if (failed) await client.query('ROLLBACK').catch(() => connection.destroy());
        connection.patient = false;
      }
    });

  const insert = async (
    connection: PostgresConnection,
    scope: TransferScope,
    { name, columns, key }: TransferTable,
    rows: readonly TransferRow[],
  ): Promise<void> => {
    const all = scope === null ? columns : [tenantColumn, ...columns];
    const keys = scope === null ? key : [tenantColumn, ...key];
    const others = columns.filter((column) => !key.includes(column));
    const update = others.map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`).join(', ');
    const list = rows.map(
      (_, row) => `(${all.map((__, column) => `$${row * all.length + column + 1}`).join(', ')})`,
    );
    const text = `INSERT INTO ${tableName(name)} (${all.map(quoted).join(', ')}) OVERRIDING SYSTEM VALUE
      VALUES ${list.join(', ')}
      ON CONFLICT (${keys.map(quoted).join(', ')}) DO ${others.length > 0 ? `UPDATE SET ${update}` : 'NOTHING'}`;
    const values = rows.flatMap((row) => toWire(scope === null ? row : [scope, ...row], text));
    const outcome = await connection.run([{ text, values }]);
    if ('error' in outcome) throw failure(pool, connection, outcome, { sql: text });
  };

  /** Indexes of text are made when they are opened, by no migration; so they may be missing here. */
  const makeIndex = async (scope: TransferScope, table: string): Promise<void> => {
    const index = scope === null ? indexOfTable(table) : undefined;
    if (index !== undefined) await createSearchTables(pool, index);
  };

  /**
   * Tables come parents first. Where rows still come before what they refer to, the keys are taken off, which needs the
   * table alone; not before, because others read meanwhile.
   */
  const changing = async (
    table: string,
    work: (connection: PostgresConnection) => Promise<void>,
  ): Promise<void> => {
    try {
      await within('', work);
    } catch (error) {
      if (sqlState(error instanceof Error ? error.cause : undefined) !== '23503') throw error;
      await within('', async (connection) => {
        await takeOffForeignKeys(connection.client, table);
        await work(connection);
      });
    }
  };

  return {
    identity: () =>
      within('READ ONLY', async ({ client }) => {
        const { rows } = await client.query<{ identity: string }>(
          `SELECT concat_ws(' ', 'postgres', extract(epoch FROM pg_postmaster_start_time()), current_database(),
            current_schema()) AS identity`,
        );
        return rows[0]?.identity ?? '';
      }),
    snapshot: (work) =>
      within('ISOLATION LEVEL REPEATABLE READ READ ONLY', (connection) =>
        createSnapshot(pool, connection).then(work),
      ),
    async write(scope, table, rows) {
      if (scope !== null) await tenants.create(scope);
      await makeIndex(scope, table.name);
      if (rows.length === 0) return;
      await changing(tableName(table.name), async (connection) => {
        if (scope !== null)
          await connection.client.query("SELECT set_config('af.tenant', $1, true)", [scope]);
        const fitting = Math.max(1, Math.floor(mostParams / (table.columns.length + 1)));
        for (let at = 0; at < rows.length; at += fitting)
          await insert(connection, scope, table, rows.slice(at, at + fitting));
      });
    },
    async clear(scope, { name }) {
      await makeIndex(scope, name);
      const table = tableName(name);
      await changing(table, async ({ client }) => {
        if (scope === null) return void (await client.query(`DELETE FROM ${table}`));
        await client.query("SELECT set_config('af.tenant', $1, true)", [scope]);
        await client.query(`DELETE FROM ${table} WHERE ${tenantColumn} = $1`, [scope]);
      });
    },
    async finish() {
      await within('', async ({ client }) => {
        await putOnForeignKeys(client);
        await raiseSequences(client);
        const { rows } = await client.query<{ name: string }>(
          `SELECT relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = current_schema() AND relkind = 'r' AND relname LIKE 'af\\_%' AND relname <> '${tenantsTable}'`,
        );
        for (const { name } of rows) await client.query(`ANALYZE ${quoted(name)}`);
      });
      pool.schemaChanged();
    },
  };
}

/** Rows come in any order: what they refer to may come later. The keys are put on again by {@link putOnForeignKeys}. */
async function takeOffForeignKeys(client: pg.ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ owner: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE contype = 'f' AND conparentid = 0
    AND (conrelid = to_regclass($1) OR confrelid = to_regclass($1))`,
    [table],
  );
  for (const { owner, name, definition } of rows) {
    await client.query(`INSERT INTO ${constraintsTable} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
      owner,
      name,
      definition,
    ]);
    await client.query(`ALTER TABLE ${owner} DROP CONSTRAINT ${quoted(name)}`);
  }
}

async function putOnForeignKeys(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ table_name: string; name: string; definition: string }>(
    `SELECT * FROM ${constraintsTable} ORDER BY table_name, name`,
  );
  for (const { table_name, name, definition } of rows) {
    const { rows: there } = await client.query(
      'SELECT FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2',
      [table_name, name],
    );
    if (there.length > 0) continue;
    await client.query('SAVEPOINT key');
    try {
      await client.query(`ALTER TABLE ${table_name} ADD CONSTRAINT ${quoted(name)} ${definition}`);
    } catch (error) {
      // A later migration has removed the table, or what the key was made of.
      if (!['42P01', '42703'].includes(sqlState(error) ?? '')) throw error;
      await client.query('ROLLBACK TO key');
    }
    await client.query('RELEASE key');
  }
  await client.query(`DELETE FROM ${constraintsTable}`);
}

/** Fails with AF_STORAGE_POSTGRES_TRANSFER_OPEN while foreign keys are off. */
export async function checkTransfer(pool: ConnectionPool): Promise<void> {
  const sql = `SELECT table_name || '.' || name AS key FROM ${constraintsTable} ORDER BY 1`;
  const [found] = await sendAlone(pool, [{ text: sql, values: [], name: ownName('off_keys') }], sql, true);
  const rows = (found?.rows ?? []) as readonly { readonly key: string }[]; // the statement names the one column
  if (rows.length > 0)
    throw errors.AF_STORAGE_POSTGRES_TRANSFER_OPEN({
      server: pool.place.server,
      count: rows.length,
      keys: rows.map(({ key }) => key).join(', '),
    });
}

/** What numbers rows by itself goes on after the highest number there is, and never goes back. */
async function raiseSequences(client: pg.ClientBase): Promise<void> {
  const ofTenants = await tenantTables(client);
  const { rows } = await client.query<{ name: string; column: string; sequence: string }>(
    `SELECT c.relname AS name, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname LIKE 'af\\_%' AND a.attnum > 0
      AND NOT a.attisdropped AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL`,
  );
  for (const { name, column, sequence } of rows) {
    const opened = ofTenants.has(name) ? [name] : [];
    await open(client, opened);
    await client.query(
      `SELECT setval($1::regclass, GREATEST(highest, last_value), is_called OR highest >= last_value)
      FROM ${sequence}, (SELECT COALESCE(MAX(${quoted(column)}), 0) AS highest FROM ${quoted(name)}) there`,
      [sequence],
    );
    await shut(client, opened);
  }
}
