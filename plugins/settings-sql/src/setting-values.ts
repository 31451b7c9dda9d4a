import type { Json } from '@agent-factory/sdk';
import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';

/** The table, as migrations make it. */
export interface SettingTables {
  af_settings_sql_values: { readonly name: string; readonly value: string; readonly set_at: number };
}

/** What was set for a tenant. */
export interface SetValue {
  readonly value: Json;
  /** Milliseconds since the epoch, by the clock of the database. */
  readonly setAt: number;
}

/** What was set for a tenant, by the name of the setting. */
export type ValuesOfTenant = ReadonlyMap<string, SetValue>;

/** Reads what was set; of one setting alone where it is named. */
export async function readValues(db: Kysely<SettingTables>, name?: string): Promise<ValuesOfTenant> {
  const rows = await db
    .selectFrom('af_settings_sql_values')
    .select(['name', 'value', 'set_at'])
    .$if(name !== undefined, (asked) => asked.where('name', '=', name ?? ''))
    .execute();
  return new Map(
    rows.map((row) => [row.name, { value: JSON.parse(row.value) as Json, setAt: Number(row.set_at) }]), // written below
  );
}

/** Puts a value, as JSON, in the place of what was set. */
export async function putValue(
  db: Kysely<SettingTables>,
  database: SqlDatabase,
  name: string,
  value: string,
): Promise<void> {
  await removeValue(db, name);
  await db
    .insertInto('af_settings_sql_values')
    .values({ name, value, set_at: nowOf(database) })
    .execute();
}

/** Removes what was set. */
export async function removeValue(db: Kysely<SettingTables>, name: string): Promise<void> {
  await db.deleteFrom('af_settings_sql_values').where('name', '=', name).execute();
}

/** A query builder on the table of one tenant. */
export function valuesIn(database: SqlDatabase): Kysely<SettingTables> {
  return queryBuilder<SettingTables>(database);
}
