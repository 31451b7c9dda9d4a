import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { errors } from './errors.ts';
import { checkEnd, checkEvent, type ChainFault, type HashedEvent } from './verify-run.ts';

/** A run as it is archived: its row, then its events, as they were stored. */
export interface ArchivedRun {
  readonly id: string;
  readonly tenant: string;
  readonly idempotencyKey: string | null;
  readonly lastSeq: number;
  /** Of the last event. */
  readonly hash: string;
  /** The run's input and metadata, as JSON. */
  readonly request: string;
  /** The rest of the run as of its last event, as JSON. */
  readonly run: string;
  readonly events: readonly HashedEvent[];
}

const compress = promisify(gzip);

/** Name of the file that holds an archive's length while something is added to it. */
const marker = (file: string): string => `${file}.writing`;

/**
 * Adds runs to an archive, as one gzip member, on the disk when it resolves. While it is under way a file beside it
 * tells how long the archive was: what a crash left behind that is cut off by the next one who adds or reads.
 */
export async function addToArchive(file: string, runs: readonly ArchivedRun[]): Promise<void> {
  const lines = runs.flatMap(({ events, ...run }) => [
    JSON.stringify(run),
    ...events.map((event) => JSON.stringify(event)),
  ]);
  try {
    await mkdir(dirname(file), { recursive: true });
    const member = await compress(`${lines.join('\n')}\n`);
    const handle = await open(file, 'a');
    try {
      await addMember(handle, file, member);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.AF_JOURNAL_ARCHIVE_FAILED({ file, reason }, { cause: error });
  }
}

async function addMember(handle: FileHandle, file: string, member: Uint8Array): Promise<void> {
  const unfinished = await lengthBefore(file);
  if (unfinished !== undefined) await handle.truncate(unfinished);
  const { size } = await handle.stat();
  await writeDurably(marker(file), String(size));
  await handle.appendFile(member);
  await handle.sync();
  await rm(marker(file));
  await syncFolder(dirname(file));
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(file));
}

/** Makes new and removed names last. Not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** How long the archive was before an addition that was broken off; an empty marker was not yet followed by one. */
async function lengthBefore(file: string): Promise<number | undefined> {
  try {
    const text = await readFile(marker(file), 'utf8');
    return text === '' ? undefined : Number(text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Reads the runs of an archive, each once, in the order they were added.
 *
 * @example
 * ```ts
 * for await (const run of readArchive('archive/default/2026-11.jsonl.gz'))
 *   console.log(run.id, verifyArchivedRun(run) ?? 'is as it was written');
 * ```
 */
export async function* readArchive(file: string): AsyncGenerator<ArchivedRun, void, undefined> {
  const length = await lengthBefore(file);
  if (length === 0) return;
  const bytes = createReadStream(file, length === undefined ? {} : { end: length - 1 });
  const text = bytes.pipe(createGunzip());
  bytes.on('error', (error) => text.destroy(error));
  const seen = new Set<string>();
  let run: Omit<ArchivedRun, 'events'> | undefined;
  let events: HashedEvent[] = [];
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
      // Written by addToArchive: a run has an id, an event has none.
      const entry = JSON.parse(line) as Omit<ArchivedRun, 'events'> | HashedEvent;
      if ('id' in entry) {
        if (run !== undefined && !seen.has(run.id)) yield { ...run, events };
        if (run !== undefined) seen.add(run.id);
        run = entry;
        events = [];
      } else {
        events.push(entry);
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw errors.AF_JOURNAL_ARCHIVE_DAMAGED({ file, reason }, { cause: error });
  }
  if (run !== undefined && !seen.has(run.id)) yield { ...run, events };
}

/** Checks an archived run's chain of hashes; `undefined` when all is well. */
export function verifyArchivedRun({ id, events, lastSeq, hash }: ArchivedRun): ChainFault | undefined {
  const check = { seq: 0, hash: '' };
  for (const event of events) {
    const fault = checkEvent(check, id, event);
    if (fault !== undefined) return fault;
  }
  return checkEnd(check, lastSeq, hash);
}
