import { createReadStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { TransferReport, TransferScope, TransferTable } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { createTableDigest, reportOf, type TableDigest } from './table-digest.ts';
import type { ArchiveHead } from './write-archive.ts';

/** What is told of an archive while it is read; each is waited for. */
export interface ArchiveReader {
  head?(head: ArchiveHead): Promise<void> | void;
  table?(scope: TransferScope, table: TransferTable): Promise<void> | void;
  /** One row, as text. */
  row?(text: string): Promise<void> | void;
  end?(): Promise<void> | void;
}

/** Reads an archive to its end; throws AF_BACKUP_DAMAGED where it is not what was written. */
export async function readArchive(
  file: string,
  reader: ArchiveReader,
  signal?: AbortSignal,
): Promise<TransferReport> {
  const lines = linesOf(contentOf(file));
  const tables: TransferReport['tables'][number][] = [];
  let open: { readonly name: string; readonly digest: TableDigest } | undefined;
  let head: ArchiveHead | undefined;
  let done: { readonly tables: number; readonly rows: number } | undefined;
  const damaged = (reason: string): Error => errors.AF_BACKUP_DAMAGED({ file, reason });
  try {
    for await (const line of lines) {
      signal?.throwIfAborted();
      if (done) throw damaged('something follows its last line');
      if (!head) {
        head = headOf(line, file);
        await reader.head?.(head);
      } else if (line.startsWith('[')) {
        if (!open) throw damaged('a row stands outside a table');
        open.digest.add(line);
        await reader.row?.(line);
      } else {
        const mark = JSON.parse(line) as Mark;
        if (mark.table && !open) {
          const { scope, ...table } = mark.table;
          if (head.tenant !== undefined && scope !== head.tenant)
            throw damaged('it holds tables of others than its tenant');
          open = { name: table.name, digest: createTableDigest(scope, table.name) };
          await reader.table?.(scope, table);
        } else if (mark.end && open) {
          const found = open.digest.result();
          if (found.rows !== mark.end.rows || found.checksum !== mark.end.checksum)
            throw damaged(`the rows of ${open.name} are not those that were written`);
          tables.push(found);
          open = undefined;
          await reader.end?.();
        } else if (mark.done && !open) done = mark.done;
        else throw damaged('its lines are out of order');
      }
    }
  } catch (error) {
    if (isAgentFactoryError(error) || signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && 'syscall' in error)
      throw errors.AF_BACKUP_FILE({ file, done: 'read', reason }, { cause: error });
    throw errors.AF_BACKUP_DAMAGED({ file, reason }, { cause: error });
  }
  const report = reportOf(tables);
  if (!done) throw damaged('it ends before it is whole');
  if (done.tables !== tables.length || done.rows !== report.rows) throw damaged('tables or rows are missing');
  return report;
}

/** A line that is no row. */
interface Mark {
  readonly table?: TransferTable & { readonly scope: TransferScope };
  readonly end?: { readonly rows: number; readonly checksum: string };
  readonly done?: { readonly tables: number; readonly rows: number };
}

function headOf(line: string, file: string): ArchiveHead {
  let head: Partial<ArchiveHead> = {};
  try {
    head = JSON.parse(line) as Partial<ArchiveHead>;
  } catch {
    // Said below.
  }
  if (head.format !== 'agent-factory-archive')
    throw errors.AF_BACKUP_FORMAT({ file, reason: 'it begins otherwise' });
  if (head.version !== 1)
    throw errors.AF_BACKUP_FORMAT({
      file,
      reason: `its format is ${String(head.version)}, and 1 is known here`,
    });
  return head as ArchiveHead; // format and version say that it is one
}

/** The text of an archive; an error of the file or the compression comes out of it like any other. */
function contentOf(file: string): PassThrough {
  const content = new PassThrough();
  pipeline(createReadStream(file), createGunzip(), content, (error) => {
    if (error) content.destroy(error);
  });
  return content;
}

/** Lines end with a line feed and with nothing else: rows hold every other character as it is. */
async function* linesOf(content: PassThrough): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of content.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
