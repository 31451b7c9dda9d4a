import { randomBytes } from 'node:crypto';
import type { Logger } from '@agent-factory/sdk';
import type { SecretCondition, SecretFacts, SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf } from '@agent-factory/sdk/sql';
import type { SecretsSqlConfig } from './config.ts';
import { sealingKey } from './data-keys.ts';
import { errors } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { readFacts, readSealed } from './read-secrets.ts';
import { openValue, sealValue } from './sealed-value.ts';
import type { SecretDatabase } from './secret-tables.ts';

/** What changes of one tenant stand on. Each of them runs under `changing`. */
export interface ChangeParts {
  readonly db: SecretDatabase;
  readonly database: SqlDatabase;
  readonly tenant: string;
  readonly ring: KeyRing;
  readonly config: Pick<SecretsSqlConfig, 'maxSecrets' | 'keepVersions'>;
  readonly log: Logger;
}

/** A value that was checked. */
interface NewValue {
  readonly text: string;
  readonly hosts: readonly string[];
  /** Left out: as it was. */
  readonly description?: string;
}

/** Gives a secret its next version. AF_SECRET_FULL; AF_SECRET_UNMATCHED. */
export async function putSecret(
  parts: ChangeParts,
  name: string,
  { text, hosts, description }: NewValue,
  condition: SecretCondition,
): Promise<SecretFacts> {
  const { db, database, tenant, config } = parts;
  const before = await expect(db, name, condition);
  if (!before) await makeSecret(parts, name);
  const { id, version: last } = await db
    .selectFrom('af_secrets_sql_secrets')
    .select(['id', 'version'])
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const version = last + 1;
  const key = await sealingKey(db, database, parts);
  const place = { tenant, name, id, version, hosts: JSON.stringify(hosts) };
  await db
    .insertInto('af_secrets_sql_versions')
    .values({
      name,
      version,
      hosts: place.hosts,
      data_key: key.number,
      sealed: sealValue(key.dataKey, place, text),
      created_at: nowOf(database),
    })
    .execute();
  await db
    .updateTable('af_secrets_sql_secrets')
    .set({ version, changed_at: nowOf(database), ...(description !== undefined && { description }) })
    .where('name', '=', name)
    .execute();
  await db
    .deleteFrom('af_secrets_sql_versions')
    .where('name', '=', name)
    .where('version', '<=', version - config.keepVersions)
    .execute();
  const [facts] = await readFacts(db, name);
  if (!facts) throw errors.AF_SECRET_NOT_FOUND({ name }); // it was just written
  return facts;
}

/** Makes the value of a version that is kept that of the next one. */
export async function rollbackSecret(
  parts: ChangeParts,
  name: string,
  version: number,
  condition: SecretCondition,
): Promise<SecretFacts> {
  const { db, tenant, ring } = parts;
  const before = await expect(db, name, condition);
  if (!before) throw errors.AF_SECRET_NOT_FOUND({ name });
  const row = await readSealed(db, name, version);
  if (!row) throw errors.AF_SECRET_VERSION_UNKNOWN({ name, version });
  const text = openValue(ring, tenant, row);
  const hosts = JSON.parse(row.hosts) as readonly string[]; // bound to the value, which opened
  return putSecret(parts, name, { text, hosts }, {});
}

/** Deletes a secret and all its versions. */
export async function removeSecret(
  { db }: ChangeParts,
  name: string,
  condition: SecretCondition,
): Promise<void> {
  if (!(await expect(db, name, condition))) throw errors.AF_SECRET_NOT_FOUND({ name });
  await removeRows(db, name);
}

async function removeRows(db: SecretDatabase, name: string): Promise<void> {
  await db.deleteFrom('af_secrets_sql_versions').where('name', '=', name).execute();
  await db.deleteFrom('af_secrets_sql_secrets').where('name', '=', name).execute();
}

async function makeSecret({ db, database, config }: ChangeParts, name: string): Promise<void> {
  const { count } = await db
    .selectFrom('af_secrets_sql_secrets')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) >= config.maxSecrets) throw errors.AF_SECRET_FULL({ most: config.maxSecrets, name });
  // What is left of one that lost a row would be in the way.
  await removeRows(db, name);
  await db
    .insertInto('af_secrets_sql_secrets')
    .values({
      name,
      id: randomBytes(9).toString('base64url'),
      description: '',
      version: 0,
      created_at: nowOf(database),
      changed_at: nowOf(database),
      last_used_at: null,
    })
    .execute();
}

/** What is there, if the condition holds for it. AF_SECRET_UNMATCHED. */
async function expect(
  db: SecretDatabase,
  name: string,
  { holds }: SecretCondition,
): Promise<SecretFacts | undefined> {
  const [facts] = await readFacts(db, name);
  if (holds && !holds(facts?.tag)) {
    const found = facts ? `has the etag ${facts.tag}` : 'is not there';
    throw errors.AF_SECRET_UNMATCHED({ name, found });
  }
  return facts;
}
