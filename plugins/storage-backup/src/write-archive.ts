import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { StorageTransfer, TransferOptions, TransferReport } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { everyTable } from './every-table.ts';
import { rowText } from './row-text.ts';
import { createTableDigest, reportOf } from './table-digest.ts';

/** First line of an archive. */
export interface ArchiveHead {
  readonly format: 'agent-factory-archive';
  readonly version: 1;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Set when it holds one tenant alone. */
  readonly tenant?: string;
  /** What the tables were made by, see `TransferSnapshot.schema`. */
  readonly schema: readonly string[];
}

/**
 * Writes an archive: JSON lines, gzip. The head; then for each table a line `{"table": …}`, a line for each row, and
 * `{"end": …}` with count and checksum; last of all `{"done": …}`, without which the file is not whole.
 */
export async function writeArchive(
  transfer: StorageTransfer,
  file: string,
  options: TransferOptions & { readonly tenant?: string },
): Promise<TransferReport> {
  const partial = `${file}.partial`;
  let report: TransferReport | undefined;
  try {
    await mkdir(dirname(file), { recursive: true });
    await transfer.snapshot(async (snapshot) => {
      async function* lines(): AsyncGenerator<string> {
        const { tenant, signal, onProgress } = options;
        const tables: TransferReport['tables'][number][] = [];
        const head: ArchiveHead = {
          format: 'agent-factory-archive',
          version: 1,
          createdAt: Date.now(),
          ...(tenant !== undefined && { tenant }),
          schema: snapshot.schema,
        };
        yield `${JSON.stringify(head)}\n`;
        let total = 0;
        let found = tenant === undefined;
        for await (const { scope, table, pages } of everyTable(snapshot, tenant)) {
          found = true;
          yield `${JSON.stringify({ table: { scope, ...table } })}\n`;
          const digest = createTableDigest(scope, table.name);
          let rows = 0;
          for await (const page of pages) {
            signal?.throwIfAborted();
            const texts = page.map(rowText);
            for (const text of texts) digest.add(text);
            rows += page.length;
            total += page.length;
            onProgress?.({ scope, table: table.name, rows, total });
            yield `${texts.join('\n')}\n`;
          }
          const end = digest.result();
          tables.push(end);
          yield `${JSON.stringify({ end })}\n`;
        }
        if (!found) throw errors.AF_BACKUP_TENANT_UNKNOWN({ tenant: tenant ?? '' });
        report = reportOf(tables);
        yield `${JSON.stringify({ done: { tables: tables.length, rows: report.rows } })}\n`;
      }
      await pipeline(
        Readable.from(lines(), { objectMode: true }),
        createGzip({ level: 6 }),
        createWriteStream(partial, { mode: 0o600 }),
      );
    });
    const handle = await open(partial, 'r+');
    await handle.sync();
    await handle.close();
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    if (error instanceof Error && 'syscall' in error)
      throw errors.AF_BACKUP_FILE({ file, done: 'written', reason: error.message }, { cause: error });
    throw error;
  }
  return report ?? reportOf([]);
}
