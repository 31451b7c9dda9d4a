import { pluginOfPart, type SqlValue, type TransferSnapshot } from '@agent-factory/sdk/contracts';
import type { ConnectionPool } from './connection-pool.ts';
import { ledgerTable, tenantsTable } from './own-schema.ts';
import type { PipelineStep, StepResult } from './pipeline.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { failure } from './run-outcome.ts';
import { toWire } from './sql-values.ts';
import { tenantColumn } from './tenant-rules.ts';
import { quoted, tableName, textColumns, transferTables } from './transfer-tables.ts';
import { ownName } from './statement-name.ts';

const tenantsAtOnce = 1000;

/** Reads everything as of the moment at which the transaction on `connection` began. */
export async function createSnapshot(
  pool: ConnectionPool,
  connection: PostgresConnection,
): Promise<TransferSnapshot> {
  const { client } = connection;
  const { rows: applied } = await client.query<{ entry: string }>(
    `SELECT plugin || ' ' || scope || ' ' || version || ' ' || name AS entry FROM ${ledgerTable}`,
  );
  const byBytes = new Map<string, Promise<ReadonlySet<string>>>();

  return {
    schema: applied
      .map(({ entry }) => entry)
      .filter((entry) => pluginOfPart(entry) === undefined)
      .sort(),
    async *scopes() {
      yield null;
      for (let after = ''; ;) {
        const { rows } = await client.query<{ id: string }>(
          `SELECT id FROM ${tenantsTable} WHERE id > $1 ORDER BY id LIMIT ${tenantsAtOnce}`,
          [after],
        );
        for (const { id } of rows) yield id;
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.id;
      }
    },
    tables: (scope) => transferTables(client, scope),
    async rows(scope, { name, columns, key }, { after, limit }) {
      let texts = byBytes.get(name);
      if (texts === undefined) byBytes.set(name, (texts = textColumns(client, name)));
      const known = await texts;
      const ordered = key.map((column) => quoted(column) + (known.has(column) ? ' COLLATE "C"' : ''));
      const values: SqlValue[] = [];
      const place = (value: SqlValue): string => `$${values.push(value)}`;
      const conditions: string[] = [];
      if (scope !== null) conditions.push(`${tenantColumn} = ${place(scope)}`);
      if (after !== undefined) conditions.push(`(${ordered.join(', ')}) > (${after.map(place).join(', ')})`);
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
      const text = `SELECT ${columns.map(quoted).join(', ')} FROM ${tableName(name)} ${where}
        ORDER BY ${ordered.join(', ')} LIMIT ${place(limit)}`;
      const steps: PipelineStep[] = [{ text, values: toWire(values, text) }];
      if (scope !== null)
        steps.unshift({
          text: "SELECT set_config('af.tenant', $1, true)",
          values: [scope],
          name: ownName('set_tenant'),
        });
      const outcome = await connection.run(steps);
      if ('error' in outcome) throw failure(pool, connection, outcome, { sql: text });
      const { rows } = outcome.at(-1) as StepResult; // one for each step
      // Every value of a row is one that a column can hold.
      return rows.map((row) => columns.map((column) => (row as Record<string, SqlValue>)[column] ?? null));
    },
  };
}
