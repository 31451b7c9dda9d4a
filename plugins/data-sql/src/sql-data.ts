import type { Json } from '@agent-factory/sdk';
import {
  checkDataKey,
  checkDataOwner,
  checkDataQuery,
  createTenantSweep,
  dataErrors,
  dataText,
  matchesData,
  type DataEntry,
  type DataOwner,
  type DataQuery,
  type PluginData,
  type SqlDatabase,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { isLive, nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { changing, deleteEntry, putEntry, removeEntries, usageOf, type Quota } from './change-entries.ts';
import type { SqlDataConfig } from './config.ts';
import type { DataTables } from './data-tables.ts';
import { sweepTenant } from './sweep-tenant.ts';

/** Rows that are looked at in one go. */
const rowsAtOnce = 500;

/** The store on tables that are there, and its sweep. */
export function createSqlData(
  tenants: TenantStorage,
  config: Pick<SqlDataConfig, 'maxEntries' | 'maxBytes' | 'maxValueBytes'>,
): PluginData & { sweep(limit: number): Promise<number> } {
  const { maxEntries, maxBytes, maxValueBytes } = config;
  const quota: Quota = { maxEntries, maxBytes };
  const open = (owner: DataOwner): Promise<SqlDatabase> => {
    checkDataOwner(owner);
    return tenants.tenant(owner.tenant);
  };

  return {
    async get(owner, key) {
      checkDataKey(owner, key);
      const [found] = await readEntries(await open(owner), owner, { key }, 1);
      return found;
    },

    async put(owner, key, value, change = {}) {
      checkDataKey(owner, key);
      const text = dataText(owner, value, change);
      const length = Buffer.byteLength(text);
      if (length > maxValueBytes) {
        const reason = `the value of "${key}" has ${length} bytes`;
        const mend = `Keep at most ${maxValueBytes} bytes in one entry.`;
        throw dataErrors.AF_DATA_INVALID({ plugin: owner.plugin, reason, mend });
      }
      const entry = { key, text, bytes: length + Buffer.byteLength(key) };
      const database = await open(owner);
      const kept = await changing(database, owner, (db) =>
        putEntry(db, database, owner, entry, change, quota),
      );
      return { key, value: JSON.parse(text) as Json, ...kept }; // as it will be read
    },

    async delete(owner, key, { ifRevision } = {}) {
      checkDataKey(owner, key);
      const database = await open(owner);
      return changing(database, owner, (db) => deleteEntry(db, database, owner, key, ifRevision));
    },

    async list(owner, query = {}) {
      const { where, limit, ...asked } = checkDataQuery(owner, query);
      const database = await open(owner);
      const entries: DataEntry[] = [];
      for (let after = asked.after; ;) {
        const rows = await readEntries(database, owner, { prefix: asked.prefix, after }, rowsAtOnce);
        for (const entry of rows) {
          if (!matchesData(entry.value, where)) continue;
          if (entries.length === limit) return { entries, next: entries.at(-1)?.key ?? '' };
          entries.push(entry);
        }
        if (rows.length < rowsAtOnce) return { entries };
        after = rows.at(-1)?.key ?? after;
      }
    },

    async usage(owner) {
      return { ...(await usageOf(queryBuilder(await open(owner)), owner.plugin)), ...quota };
    },

    async clear(owner) {
      const database = await open(owner);
      let removed = 0;
      for (;;) {
        const keys = (await readKeys(database, owner)).map(({ key }) => key);
        if (keys.length === 0) return removed;
        removed += await changing(database, owner, (db) => removeEntries(db, owner.plugin, keys));
      }
    },

    sweep: createTenantSweep(tenants, sweepTenant),
  };
}

/** Entries that are not over, in the order of their keys. */
async function readEntries(
  database: SqlDatabase,
  { plugin }: DataOwner,
  { key, prefix = '', after = '' }: Pick<DataQuery, 'prefix' | 'after'> & { readonly key?: string },
  limit: number,
): Promise<readonly DataEntry[]> {
  const rows = await queryBuilder<DataTables>(database)
    .selectFrom('af_data_sql_entries')
    .select(['key', 'value', 'revision', 'updated_at as updatedAt'])
    .where('plugin', '=', plugin)
    .where(isLive(nowOf(database)))
    .$if(key !== undefined, (asked) => asked.where('key', '=', key ?? ''))
    .$if(after !== '', (asked) => asked.where('key', '>', after))
    // No range: what lies between two keys depends on the collation of a database.
    .$if(prefix !== '', (asked) => asked.where(sql<string>`substr(key, 1, length(${prefix}))`, '=', prefix))
    .orderBy('key')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, value: JSON.parse(row.value) as Json })); // written from one
}

function readKeys(database: SqlDatabase, { plugin }: DataOwner): Promise<{ key: string }[]> {
  return queryBuilder<DataTables>(database)
    .selectFrom('af_data_sql_entries')
    .select('key')
    .where('plugin', '=', plugin)
    .limit(rowsAtOnce)
    .execute();
}
