import { createHash } from 'node:crypto';
import { defaultTenant, tenantIdPattern } from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { translate } from './driver-errors.ts';
import { lockKey } from './lock-key.ts';

/** Applied migrations. */
export const ledgerTable = 'af_storage_postgres_migrations';
/** Tenants there are. */
export const tenantsTable = 'af_storage_postgres_tenants';
/** Foreign keys that are taken off while rows are moved, until the transfer is finished. */
export const constraintsTable = 'af_storage_postgres_constraints';

const pattern = tenantIdPattern.source;

const schema = `
CREATE TABLE IF NOT EXISTS ${ledgerTable} (
  plugin TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('platform', 'tenant')),
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  up TEXT NOT NULL,
  down TEXT NOT NULL,
  applied_at BIGINT NOT NULL,
  kernel TEXT NOT NULL,
  PRIMARY KEY (plugin, scope, version)
);
CREATE TABLE IF NOT EXISTS ${tenantsTable} (
  id TEXT COLLATE "C" PRIMARY KEY CHECK (id ~ '${pattern}'),
  created_at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS ${constraintsTable} (
  table_name TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (table_name, name)
);
-- Makes the transaction a tenant's. While it lasts, the tenant cannot be erased.
CREATE OR REPLACE FUNCTION af_storage_postgres_enter(tenant text, lock_key bigint, as_role text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(lock_key);
  IF NOT EXISTS (SELECT FROM ${tenantsTable} WHERE id = tenant) THEN
    RAISE EXCEPTION 'there is no tenant %', tenant USING ERRCODE = 'AFT01', DETAIL = tenant;
  END IF;
  PERFORM set_config('af.tenant', tenant, true);
  IF as_role <> '' THEN
    PERFORM set_config('role', as_role, true);
  END IF;
END $$;
REVOKE ALL ON FUNCTION af_storage_postgres_enter(text, bigint, text) FROM PUBLIC;
INSERT INTO ${tenantsTable} VALUES ('${defaultTenant}', CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT))
  ON CONFLICT DO NOTHING;
`;

const mark = createHash('sha256').update(schema).digest('hex').slice(0, 16);

/** Makes the storage's own tables, once for a database; a process that comes later finds them. */
export async function createOwnSchema(pool: ConnectionPool): Promise<void> {
  await pool.use(async (connection) => {
    const { client } = connection;
    try {
      const found = await client.query<{ mark: string | null }>(
        `SELECT obj_description(to_regprocedure('af_storage_postgres_enter(text, bigint, text)'), 'pg_proc') AS mark`,
      );
      if (found.rows[0]?.mark === mark) return;
      await connection.script(`BEGIN; SELECT pg_advisory_xact_lock(${lockKey('own-schema')}); ${schema}
        COMMENT ON FUNCTION af_storage_postgres_enter(text, bigint, text) IS '${mark}'; COMMIT`);
    } catch (error) {
      connection.destroy();
      throw translate(error, { ...pool.place, sql: 'CREATE TABLE' });
    }
  });
}
