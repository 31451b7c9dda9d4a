import type {
  TransferRow,
  TransferScope,
  TransferSnapshot,
  TransferTable,
} from '@agent-factory/sdk/contracts';

/** Rows that are moved at once. */
export const pageSize = 500;

/** A table and its rows. */
export interface TableOfSnapshot {
  readonly scope: TransferScope;
  readonly table: TransferTable;
  readonly pages: AsyncIterable<readonly TransferRow[]>;
}

/** Every table of a snapshot, scope by scope; with `tenant`, those of that tenant. */
export async function* everyTable(
  snapshot: TransferSnapshot,
  tenant?: string,
): AsyncGenerator<TableOfSnapshot> {
  for await (const scope of snapshot.scopes()) {
    if (tenant !== undefined && scope !== tenant) continue;
    for (const table of await snapshot.tables(scope))
      yield { scope, table, pages: pagesOf(snapshot, scope, table) };
  }
}

/** The rows of a table in the order of its key, page by page. */
export async function* pagesOf(
  snapshot: TransferSnapshot,
  scope: TransferScope,
  table: TransferTable,
): AsyncGenerator<readonly TransferRow[]> {
  let after: TransferRow | undefined;
  for (;;) {
    const page = await snapshot.rows(scope, table, { limit: pageSize, ...(after && { after }) });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (page.length < pageSize || !last) return;
    after = keyOf(table, last);
  }
}

/** The key of a row. */
export function keyOf({ key, columns }: TransferTable, row: TransferRow): TransferRow {
  return key.map((column) => row[columns.indexOf(column)] ?? null);
}
