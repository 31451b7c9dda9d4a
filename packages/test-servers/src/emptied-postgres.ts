import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { FreshPostgres } from './fresh-postgres.ts';

/** What is in a database, and what its owner may: the same text as long as nothing was made, granted or set. */
const look = `
  SELECT jsonb_build_array(
    (SELECT jsonb_agg(made) FROM (
      SELECT 'pg_class', oid FROM pg_class UNION ALL SELECT 'pg_proc', oid FROM pg_proc
      UNION ALL SELECT 'pg_type', oid FROM pg_type UNION ALL SELECT 'pg_operator', oid FROM pg_operator
      UNION ALL SELECT 'pg_cast', oid FROM pg_cast UNION ALL SELECT 'pg_collation', oid FROM pg_collation
      UNION ALL SELECT 'pg_language', oid FROM pg_language UNION ALL SELECT 'pg_extension', oid FROM pg_extension
      UNION ALL SELECT 'pg_ts_config', oid FROM pg_ts_config UNION ALL SELECT 'pg_ts_dict', oid FROM pg_ts_dict
      UNION ALL SELECT 'pg_trigger', oid FROM pg_event_trigger UNION ALL SELECT 'pg_default_acl', oid FROM pg_default_acl
      UNION ALL SELECT 'pg_publication', oid FROM pg_publication
      UNION ALL SELECT 'pg_wrapper', oid FROM pg_foreign_data_wrapper
      UNION ALL SELECT 'pg_largeobject', oid FROM pg_largeobject_metadata
      UNION ALL SELECT 'pg_namespace', oid FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
    ) made WHERE oid >= 16384),
    (SELECT jsonb_agg(nspname || COALESCE(nspacl::text, '') ORDER BY oid) FROM pg_namespace WHERE oid < 16384),
    (SELECT to_jsonb(d) - 'datfrozenxid' - 'datminmxid' FROM pg_database d WHERE datname = current_database()),
    (SELECT to_jsonb(r) FROM pg_authid r WHERE rolname = $1),
    (SELECT jsonb_agg(to_jsonb(m)) FROM pg_auth_members m WHERE $1::regrole IN (member, roleid)),
    (SELECT jsonb_agg(to_jsonb(s)) FROM pg_db_role_setting s JOIN pg_database d ON d.datname = current_database()
      WHERE setdatabase = d.oid OR setrole = $1::regrole)
  )::text AS seen`;

const others = `
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** What {@link isEmptied} compares with. Take it while the database is new. */
export function lookAt(database: FreshPostgres): Promise<string> {
  return within(database, seen);
}

/** Removes what the owner of a database made. Whether it then is as it was, and nobody is connected to it. */
export async function isEmptied(database: FreshPostgres, looked: string): Promise<boolean> {
  const emptied = within(database, async (client, owner) => {
    // Who has said goodbye may be there for a moment.
    for (let left = 20; (await client.query(others)).rowCount !== 0; left -= 1) {
      if (left === 0) return false;
      await sleep(5);
    }
    await client.query(`DROP OWNED BY ${owner} CASCADE`);
    return (await seen(client, owner)) === looked;
  });
  return emptied.catch(() => false);
}

async function seen(client: pg.Client, owner: string): Promise<string> {
  const { rows } = await client.query<{ readonly seen: string }>(look, [owner]);
  return rows[0]?.seen ?? '';
}

/** Does something in a database as superuser, who is told its owner. */
async function within<T>(
  { url, superuserUrl }: FreshPostgres,
  work: (client: pg.Client, owner: string) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: superuserUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client, new URL(url).username);
  } finally {
    await client.end();
  }
}
