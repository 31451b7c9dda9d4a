import type { ConnectionPool } from './connection-pool.ts';
import { reasonOf, sqlState, translate } from './driver-errors.ts';
import { errors } from './errors.ts';
import { lockKey } from './lock-key.ts';
import type { PostgresConnection } from './postgres-connection.ts';

/** Roles of the database server that no one logs in as, for the work of tenants. */
export interface TenantRoles {
  /** Sees the rows of one tenant, and no other table. */
  readonly tenant: string;
  /** Reads the rows of all tenants. */
  readonly analytics: string;
  /** Whether row-level security does not bind the user that logs in. */
  readonly userPasses: boolean;
}

interface Rights {
  readonly user: string;
  readonly database: string;
  readonly superuser: boolean;
  readonly bypass: boolean;
  readonly create: boolean;
  readonly version: number;
  /** Of the two roles, how many exist and can be taken on. */
  readonly usable: number;
}

/**
 * Finds or makes the roles under which statements of tenants run. `undefined`: there are none, and none are needed,
 * because the user itself is bound by row-level security. Fails with AF_STORAGE_POSTGRES_RIGHTS when it is not.
 */
export async function findTenantRoles(pool: ConnectionPool): Promise<TenantRoles | undefined> {
  return pool.use(async (connection) => {
    const { client } = connection;
    try {
      const { rows: ids } = await client.query<{ id: number }>(
        'SELECT oid::int8::text AS id FROM pg_database WHERE datname = current_database()',
      );
      const id = String(ids[0]?.id);
      const names = { tenant: `af_tenant_${id}`, analytics: `af_analytics_${id}` };
      const rights = await readRights(connection, names);
      const roles: TenantRoles = { ...names, userPasses: rights.superuser || rights.bypass };
      if (rights.usable === 2) return roles;
      const binding = !roles.userPasses;
      if (!rights.superuser && !rights.create) {
        if (binding) return undefined;
        throw missing(pool, rights, roles, 'it may not create roles');
      }
      try {
        await makeRoles(connection, rights, roles);
      } catch (error) {
        if (sqlState(error) === undefined) throw error;
        await client.query('ROLLBACK');
        if (binding) return undefined;
        throw missing(pool, rights, roles, reasonOf(error));
      }
      return roles;
    } catch (error) {
      throw translate(error, pool.place);
    }
  });
}

async function readRights(
  { client }: PostgresConnection,
  { tenant, analytics }: Omit<TenantRoles, 'userPasses'>,
): Promise<Rights> {
  const { rows } = await client.query<Rights>(
    `SELECT me.rolname AS user, current_database() AS database, me.rolsuper AS superuser, me.rolbypassrls AS bypass,
      me.rolcreaterole AS create, current_setting('server_version_num')::int AS version,
      (SELECT count(*)::int FROM pg_roles r WHERE r.rolname IN ($1, $2) AND NOT r.rolsuper AND NOT r.rolbypassrls
        AND (me.rolsuper OR pg_has_role(me.oid, r.oid,
          CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END))) AS usable
    FROM pg_roles me WHERE me.rolname = current_user`,
    [tenant, analytics],
  );
  const found = rows[0];
  if (found === undefined) throw new Error('the server does not know who is logged in');
  return found;
}

async function makeRoles(connection: PostgresConnection, rights: Rights, roles: TenantRoles): Promise<void> {
  const { client } = connection;
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey('own-roles')]);
  for (const role of [roles.tenant, roles.analytics]) {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${role} NOLOGIN NOINHERIT`);
    else if (rights.superuser) await client.query(`ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS NOLOGIN`);
    if (!rights.superuser)
      await client.query(
        `GRANT ${role} TO CURRENT_USER${rights.version >= 160_000 ? ' WITH INHERIT FALSE, SET TRUE' : ''}`,
      );
  }
  await client.query('COMMIT');
}

function missing(
  pool: ConnectionPool,
  { user }: Rights,
  { tenant, analytics }: TenantRoles,
  reason: string,
): Error {
  const statements = [tenant, analytics].map(
    (role) => `CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO "${user}";`,
  );
  return errors.AF_STORAGE_POSTGRES_RIGHTS({
    user,
    server: pool.place.server,
    reason,
    mend: statements.join(' '),
  });
}
