import type pg from 'pg';
import type { ConnectionPool } from './connection-pool.ts';
import { translate } from './driver-errors.ts';
import { tenantsTable } from './own-schema.ts';
import { childrenFirst } from './table-order.ts';
import { tenantColumn } from './tenant-rules.ts';
import { tenantLock, tenantTables } from './tenant-tables.ts';

/**
 * Removes a tenant and all its rows; whether it was there. Waits for its transactions to end; those that come later find
 * no tenant.
 */
export async function eraseRows(pool: ConnectionPool, id: string): Promise<boolean> {
  return pool.use(async (connection) => {
    const { client } = connection;
    connection.patient = true;
    try {
      const wasThere = await erase(client, id);
      // A transaction whose view of the database is older than that end may have waited behind it, and have written.
      await erase(client, id, true);
      return wasThere;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => connection.destroy());
      throw translate(error, pool.place);
    } finally {
      connection.patient = false;
    }
  });
}

async function erase(client: pg.ClientBase, id: string, again = false): Promise<boolean> {
  await client.query('BEGIN');
  await client.query("SELECT set_config('statement_timeout', '0', true)");
  await client.query('SELECT pg_advisory_xact_lock($1)', [tenantLock(id)]);
  const gone = again ? undefined : await client.query(`DELETE FROM ${tenantsTable} WHERE id = $1`, [id]);
  const { rows } = await client.query(`SELECT FROM ${tenantsTable} WHERE id = $1`, [id]);
  // Where it is there again, somebody has created it anew meanwhile.
  if (rows.length === 0) {
    await client.query("SELECT set_config('af.tenant', $1, true)", [id]);
    for (const table of await childrenFirst(client, await tenantTables(client)))
      await client.query(`DELETE FROM ${table} WHERE ${tenantColumn} = $1`, [id]);
  }
  await client.query('COMMIT');
  return gone?.rowCount === 1;
}
