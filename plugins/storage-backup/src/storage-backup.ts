import type {
  StorageBackup,
  StorageTransfer,
  TransferIntoOptions,
  TransferProgress,
  TransferReport,
  TransferSnapshot,
  TransferTable,
} from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { everyTable, pagesOf } from './every-table.ts';
import {
  emptyTables,
  putTable,
  refuseOthers,
  tablesOf,
  type Place,
  type TableWriter,
  type TargetTables,
} from './put-table.ts';
import { readArchive, type ArchiveReader } from './read-archive.ts';
import { rowText } from './row-text.ts';
import { createTableDigest, reportOf, scopeName } from './table-digest.ts';
import { writeArchive } from './write-archive.ts';

/** Creates the backup over a storage's transfer. */
export function createStorageBackup(source: StorageTransfer): StorageBackup {
  return {
    archive: (file, options = {}) => writeArchive(source, file, options),
    verify: (file, { signal, onProgress } = {}) => readArchive(file, counting({}, onProgress), signal),
    async restore(file, options = {}) {
      // Read to its end first: a damaged archive must change nothing.
      let tenant: string | undefined;
      const { tables } = await readArchive(
        file,
        { head: (head) => void (tenant = head.tenant) },
        options.signal,
      );
      const before = await tablesOf(source);
      await refuseOthers(source, before, tables, options, tenant);
      const moved = await restoreInto(source, before, file, options);
      await source.finish();
      await compare(source, moved);
      return moved.report;
    },
    async copyTo(target, options = {}) {
      if ((await source.identity()) === (await target.identity())) throw errors.AF_BACKUP_SAME_STORAGE({});
      const before = await tablesOf(target);
      const moved = await source.snapshot((snapshot) => copyInto(snapshot, target, before, options));
      await target.finish();
      await compare(target, moved);
      return moved.report;
    },
  };
}

/** What was moved, and the tables as they were read. */
interface Moved {
  readonly report: TransferReport;
  readonly tables: readonly TransferTable[];
}

async function restoreInto(
  target: StorageTransfer,
  before: TargetTables,
  file: string,
  options: TransferIntoOptions,
): Promise<Moved> {
  const tables: TransferTable[] = [];
  const skipped: number[] = [];
  const { replace = false, skip = [] } = options;
  let writer: TableWriter | undefined;
  const all = await readArchive(
    file,
    counting(
      {
        async head({ schema, tenant }) {
          checkSchema(schema, before);
          if (replace) await emptyTables(target, before, skip, tenant);
        },
        table(scope, table) {
          if (skip.includes(table.name)) skipped.push(tables.length);
          else writer = putTable(target, before, scope, table, replace);
          tables.push(table);
        },
        row: (text) => writer?.put(text),
        async end() {
          await writer?.end();
          writer = undefined;
        },
      },
      options.onProgress,
    ),
    options.signal,
  );
  const isKept = (_: unknown, index: number): boolean => !skipped.includes(index);
  return { report: reportOf(all.tables.filter(isKept)), tables: tables.filter(isKept) };
}

async function copyInto(
  source: TransferSnapshot,
  target: StorageTransfer,
  before: TargetTables,
  { signal, onProgress, skip = [], replace = false }: TransferIntoOptions,
): Promise<Moved> {
  checkSchema(source.schema, before);
  const expected: Place[] = [];
  for await (const { scope, table } of everyTable(source)) expected.push({ scope, table: table.name });
  await refuseOthers(target, before, expected, { skip, replace });
  if (replace) await emptyTables(target, before, skip);
  const tables: TransferTable[] = [];
  const results: TransferReport['tables'][number][] = [];
  let total = 0;
  for await (const { scope, table, pages } of everyTable(source)) {
    if (skip.includes(table.name)) continue;
    const digest = createTableDigest(scope, table.name);
    const writer = putTable(target, before, scope, table, replace);
    let rows = 0;
    for await (const page of pages) {
      signal?.throwIfAborted();
      for (const row of page) {
        const text = rowText(row);
        digest.add(text);
        await writer.put(text);
      }
      rows += page.length;
      total += page.length;
      onProgress?.({ scope, table: table.name, rows, total });
    }
    await writer.end();
    tables.push(table);
    results.push(digest.result());
  }
  return { report: reportOf(results), tables };
}

/** Refuses a target that lacks a migration the rows were made under. */
function checkSchema(schema: readonly string[], target: TargetTables): void {
  const known = new Set(target.schema);
  const missing = schema.filter((each) => !known.has(each));
  if (missing.length > 0) throw errors.AF_BACKUP_SCHEMA_DIFFERS({ missing: missing.join(', ') });
}

/** Reads back what was moved; AF_BACKUP_NOT_EQUAL where it is not what was sent. */
async function compare(target: StorageTransfer, { report, tables }: Moved): Promise<void> {
  await target.snapshot(async (snapshot) => {
    for (const [index, expected] of report.tables.entries()) {
      const table = tables[index];
      if (!table) continue;
      const digest = createTableDigest(expected.scope, expected.table);
      for await (const page of pagesOf(snapshot, expected.scope, table))
        for (const row of page) digest.add(rowText(row));
      const found = digest.result();
      if (found.checksum === expected.checksum) continue;
      throw errors.AF_BACKUP_NOT_EQUAL({
        table: expected.table,
        scope: scopeName(expected.scope),
        expected: expected.rows,
        found: found.rows,
      });
    }
  });
}

/** A reader that also tells how far it is, every thousand rows. */
function counting(
  reader: ArchiveReader,
  onProgress: ((progress: TransferProgress) => void) | undefined,
): ArchiveReader {
  if (!onProgress) return reader;
  let at: Pick<TransferProgress, 'scope' | 'table'> = { scope: null, table: '' };
  let rows = 0;
  let total = 0;
  const tell = (): void => onProgress({ ...at, rows, total });
  return {
    ...reader,
    table(scope, table) {
      at = { scope, table: table.name };
      rows = 0;
      return reader.table?.(scope, table);
    },
    row(text) {
      rows++;
      if (++total % 1000 === 0) tell();
      return reader.row?.(text);
    },
    end() {
      tell();
      return reader.end?.();
    },
  };
}
