import type {
  StorageTransfer,
  TransferIntoOptions,
  TransferRow,
  TransferScope,
  TransferTable,
} from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { keyOf, pageSize } from './every-table.ts';
import { parseRow, rowText } from './row-text.ts';
import { scopeName } from './table-digest.ts';

/** Takes the rows of one table, in the order of its key. */
export interface TableWriter {
  put(text: string): Promise<void>;
  /** Resolves when all of them are in the table, and nothing else. */
  end(): Promise<void>;
}

/** What lay in a target before: its tables, by scope, parents before their children. */
export interface TargetTables {
  readonly schema: readonly string[];
  readonly scopes: ReadonlyMap<TransferScope, readonly TransferTable[]>;
}

/** Looks at the tables of a target. */
export function tablesOf(target: StorageTransfer): Promise<TargetTables> {
  return target.snapshot(async (snapshot) => {
    const scopes = new Map<TransferScope, readonly TransferTable[]>();
    for await (const scope of snapshot.scopes()) scopes.set(scope, await snapshot.tables(scope));
    return { schema: snapshot.schema, scopes };
  });
}

/** A table of a scope. */
export interface Place {
  readonly scope: TransferScope;
  readonly table: string;
}

/**
 * Refuses a target with rows in tables or tenants that are not among those to be moved: it would not be equal
 * afterwards. With `replace`, those rows go.
 */
export async function refuseOthers(
  target: StorageTransfer,
  { scopes }: TargetTables,
  expected: readonly Place[],
  { skip = [], replace = false }: Pick<TransferIntoOptions, 'skip' | 'replace'>,
  tenant?: string,
): Promise<void> {
  if (replace) return;
  const known = new Set(expected.map(({ scope, table }) => `${scope ?? ''} ${table}`));
  for (const [scope, tables] of scopes) {
    if (tenant !== undefined && scope !== tenant) continue;
    for (const table of tables) {
      if (known.has(`${scope ?? ''} ${table.name}`) || skip.includes(table.name)) continue;
      const [row] = await target.snapshot((snapshot) => snapshot.rows(scope, table, { limit: 1 }));
      if (row) throw errors.AF_BACKUP_TARGET_DIFFERS({ table: table.name, scope: scopeName(scope) });
    }
  }
}

/** Empties every table of a target but those to be left out; of one tenant alone, where one is named. */
export async function emptyTables(
  target: StorageTransfer,
  { scopes }: TargetTables,
  skip: readonly string[],
  tenant?: string,
): Promise<void> {
  for (const [scope, tables] of scopes) {
    if (tenant !== undefined && scope !== tenant) continue;
    for (const table of tables.toReversed()) if (!skip.includes(table.name)) await target.clear(scope, table);
  }
}

/**
 * Begins to fill a table of the target. Rows that lie there already and are equal are passed over, which makes an
 * interrupted transfer go on; others are refused. With `emptied`, there are none.
 */
export function putTable(
  target: StorageTransfer,
  { scopes }: TargetTables,
  scope: TransferScope,
  table: TransferTable,
  emptied: boolean,
): TableWriter {
  const isThere = !emptied && scopes.get(scope)?.some(({ name }) => name === table.name);
  const there = isThere ? existingRows(target, scope, table) : undefined;
  let following = there !== undefined;
  let waiting: TransferRow[] = [];

  const follow = async (): Promise<string | undefined> => {
    const next = following ? await there?.next() : undefined;
    following = next !== undefined && !next.done;
    return next?.done ? undefined : next?.value;
  };
  const refuse = (): Error => errors.AF_BACKUP_TARGET_DIFFERS({ table: table.name, scope: scopeName(scope) });
  const flush = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    await target.write(scope, table, rows);
  };

  return {
    async put(text) {
      const found = await follow();
      if (found === text) return;
      if (found !== undefined) throw refuse();
      waiting.push(parseRow(text));
      if (waiting.length >= pageSize) await flush();
    },
    async end() {
      if ((await follow()) !== undefined) throw refuse();
      // Without a row too, so that a tenant that has none is made.
      await flush();
    },
  };
}

/** The rows of a table. Each page is a look of its own: a snapshot held for long would be in the way of the writer. */
async function* existingRows(
  target: StorageTransfer,
  scope: TransferScope,
  table: TransferTable,
): AsyncGenerator<string, undefined> {
  let after: TransferRow | undefined;
  for (;;) {
    const options = { limit: pageSize, ...(after && { after }) };
    const page = await target.snapshot((snapshot) => snapshot.rows(scope, table, options));
    for (const row of page) yield rowText(row);
    const last = page.at(-1);
    if (page.length < pageSize || !last) return undefined;
    after = keyOf(table, last);
  }
}
