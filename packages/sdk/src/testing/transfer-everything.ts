import { createHash } from 'node:crypto';
import type { StorageTransfer, TransferRow, TransferSnapshot } from '../contracts/storage-transfer.ts';
import type { SqlValue } from '../contracts/storage.ts';

/** Copies all that one storage holds into another, in small pages. */
export async function transferEverything(from: StorageTransfer, to: StorageTransfer): Promise<void> {
  await from.snapshot(async (snapshot) => {
    for await (const scope of snapshot.scopes())
      for (const table of await snapshot.tables(scope))
        for (let after: TransferRow | undefined; ;) {
          const rows = await snapshot.rows(scope, table, { limit: 3, ...(after && { after }) });
          await to.write(scope, table, rows);
          const last = rows.at(-1);
          if (last === undefined) break;
          after = table.key.map((column) => last[table.columns.indexOf(column)] ?? null);
        }
  });
  await to.finish();
}

/** All that a snapshot shows: for each scope and table, its rows in order, each value as text. */
export async function contentOf(
  snapshot: TransferSnapshot,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const content: Record<string, readonly string[]> = {};
  for await (const scope of snapshot.scopes())
    for (const table of await snapshot.tables(scope)) {
      const rows = await snapshot.rows(scope, table, { limit: 10_000 });
      content[`${scope ?? 'platform'}/${table.name}(${table.columns.join()};${table.key.join()})`] = rows.map(
        (row) => row.map(asText).join(' '),
      );
    }
  return content;
}

function asText(value: SqlValue): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `bytes:${createHash('sha256').update(value).digest('hex')}`;
  // A number and a bigint of the same value are the same integer.
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
