import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Sql, SqlStatement, SqlValue, Storage } from '@agent-factory/sdk/contracts';
import type { RowStatement } from './job-statements.ts';

/** Values for one row: its id first. */
export type PassedRow = readonly [id: string, ...values: (string | number | null)[]];

/** Changes a row for each row passed, in one transaction; gives the ids of those that were changed. */
export async function changeRows(
  storage: Storage,
  statement: RowStatement,
  rows: readonly PassedRow[],
): Promise<ReadonlySet<string>> {
  const { sql, params } = statement;
  if (params === undefined) return changeRowsIn(storage, statement, rows);
  const batch = rows.map((row): SqlStatement => ({ sql, params: pick(row, params), changes: 1 }));
  try {
    await storage.batch(batch);
    return new Set(rows.map(([id]) => id));
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_STORAGE_GUARD_FAILED')) throw error;
  }
  // Seldom: one of them is held no longer.
  return storage.transaction((tx) => changeRowsIn(tx, statement, rows));
}

/** The same inside a transaction. */
export async function changeRowsIn(
  tx: Sql,
  { sql, params }: RowStatement,
  rows: readonly PassedRow[],
): Promise<ReadonlySet<string>> {
  if (params === undefined) {
    const changed = await tx.query<{ id: string }>(sql, [JSON.stringify(rows)]);
    return new Set(changed.map(({ id }) => id));
  }
  const ids = new Set<string>();
  for (const row of rows) {
    const { changes } = await tx.execute(sql, pick(row, params));
    if (changes > 0) ids.add(row[0]);
  }
  return ids;
}

function pick(row: PassedRow, places: readonly number[]): readonly SqlValue[] {
  return places.map((place) => row[place] ?? null);
}
