import type { SecretFacts, SecretVersion } from '@agent-factory/sdk/contracts';
import type { SecretDatabase } from './secret-tables.ts';
import type { SealedRow } from './sealed-value.ts';

/** What is told of secrets, by name; of one alone where it is named. */
export async function readFacts(db: SecretDatabase, name?: string): Promise<readonly SecretFacts[]> {
  const rows = await db
    .selectFrom('af_secrets_sql_secrets as s')
    .innerJoin('af_secrets_sql_versions as v', (join) =>
      join.onRef('v.name', '=', 's.name').onRef('v.version', '=', 's.version'),
    )
    .select(['s.name', 's.id', 's.description', 's.version', 'v.hosts'])
    .select(['s.created_at as createdAt', 's.changed_at as changedAt', 's.last_used_at as lastUsedAt'])
    .$if(name !== undefined, (asked) => asked.where('s.name', '=', name ?? ''))
    .orderBy('s.name')
    .execute();
  return rows.map(({ id, hosts, lastUsedAt, ...facts }) => ({
    ...facts,
    hosts: hostsOf(hosts),
    ...(lastUsedAt !== null && { lastUsedAt }),
    tag: `"${id}.${facts.version}"`,
  }));
}

/** The versions of a secret that are kept, newest first. */
export async function readVersions(db: SecretDatabase, name: string): Promise<readonly SecretVersion[]> {
  const rows = await db
    .selectFrom('af_secrets_sql_versions')
    .select(['version', 'hosts', 'created_at as createdAt'])
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, hosts: hostsOf(row.hosts) }));
}

/** A value as it is kept, and when it was used; the version that holds where none is named. */
export function readSealed(
  db: SecretDatabase,
  name: string,
  version?: number,
): Promise<(SealedRow & { readonly last_used_at: number | null }) | undefined> {
  return sealedRows(db)
    .where('s.name', '=', name)
    .$if(version === undefined, (asked) => asked.whereRef('v.version', '=', 's.version'))
    .$if(version !== undefined, (asked) => asked.where('v.version', '=', version ?? 0))
    .executeTakeFirst();
}

/** Values under a data key behind a place, in order, at most `limit`. */
export function readUnder(
  db: SecretDatabase,
  number: number,
  { name, version }: { readonly name: string; readonly version: number },
  limit: number,
): Promise<readonly SealedRow[]> {
  return sealedRows(db)
    .where('v.data_key', '=', number)
    .where((eb) =>
      eb.or([eb('v.name', '>', name), eb.and([eb('v.name', '=', name), eb('v.version', '>', version)])]),
    )
    .orderBy('v.name')
    .orderBy('v.version')
    .limit(limit)
    .execute();
}

function sealedRows(db: SecretDatabase) {
  return db
    .selectFrom('af_secrets_sql_secrets as s')
    .innerJoin('af_secrets_sql_versions as v', 'v.name', 's.name')
    .leftJoin('af_secrets_sql_keys as k', 'k.number', 'v.data_key')
    .select(['s.id', 's.last_used_at', 'v.name', 'v.version', 'v.hosts', 'v.sealed'])
    .select(['k.number', 'k.wrapped', 'k.wrapped_by']);
}

/** Written from a list of texts; what somebody else put there names no host. */
export function hostsOf(text: string): readonly string[] {
  try {
    return JSON.parse(text) as readonly string[]; // as put-secret writes it
  } catch {
    return [];
  }
}
