import type pg from 'pg';
import {
  isDerivedTable,
  storageErrors as errors,
  type TransferScope,
  type TransferTable,
} from '@agent-factory/sdk/contracts';
import { storedName } from './stored-name.ts';
import { parentsFirst } from './table-order.ts';
import { tenantColumn } from './tenant-rules.ts';
import { ourTables, tenantTables } from './tenant-tables.ts';

/** Tables of the platform or of tenants, parents first; what is derived is left out. */
export async function transferTables(
  client: pg.ClientBase,
  scope: TransferScope,
): Promise<readonly TransferTable[]> {
  const ofTenants = await tenantTables(client);
  const all =
    scope === null ? [...(await ourTables(client))].filter((name) => !ofTenants.has(name)) : ofTenants;
  const names = [...all].filter((name) => !isDerivedTable(name));
  const order = await parentsFirst(client, names);
  const { rows } = await client.query<{
    stored: string;
    name: string;
    columns: string[];
    key: string[] | null;
  }>(
    `SELECT c.relname AS stored,
      CASE WHEN obj_description(c.oid, 'pg_class') LIKE 'af\\_text\\_search\\_%' THEN obj_description(c.oid, 'pg_class')
        ELSE c.relname::text END AS name,
      (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND (a.attname <> '${tenantColumn}' OR NOT $2)) AS columns,
      (SELECT array_agg(a.attname::text ORDER BY place) FROM (
          SELECT i.indrelid, i.indkey::int2[] AS numbers FROM pg_index i
          WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (i.indisprimary OR NOT EXISTS (SELECT FROM pg_attribute nullable WHERE nullable.attrelid = c.oid
            AND nullable.attnum = ANY (i.indkey::int2[]) AND NOT nullable.attnotnull))
          ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1) best,
        unnest(best.numbers) WITH ORDINALITY AS n(number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.number
        WHERE a.attname <> '${tenantColumn}' OR NOT $2) AS key
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = ANY ($1) AND NOT c.relispartition`,
    [order, scope !== null],
  );
  const byName = new Map(rows.map((row) => [row.stored, row]));
  return order.flatMap((stored) => {
    const found = byName.get(stored);
    if (found === undefined) return []; // a part of another table
    const { name, columns, key } = found;
    if (key !== null) return [{ name, columns, key }];
    const reason = `the table ${name} has no primary key and no unique one, so its rows cannot be moved`;
    throw errors.AF_STORAGE_STATEMENT_INVALID({ reason, sql: `rows of ${name}` });
  });
}

/** Columns whose texts are compared by their bytes. */
export async function textColumns(client: pg.ClientBase, table: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attcollation <> 0`,
    [storedName(table)],
  );
  return new Set(rows.map(({ name }) => name));
}

/** A name inside a statement. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's name inside a statement. */
export function tableName(name: string): string {
  return quoted(storedName(name));
}
