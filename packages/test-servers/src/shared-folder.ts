import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Folder in which the processes of one test run find the servers they share; set by the run's first process. */
export const sharedFolderVariable = 'AF_TEST_SERVERS';

/** A server's address, as the processes of a test run share it. */
export interface SharedServer {
  readonly url: string;
}

/**
 * The address under `name` in the run's folder; the first process that asks starts the server. Outside a test run,
 * `undefined`.
 */
export async function shared(
  name: string,
  start: (keeper: number) => Promise<SharedServer>,
): Promise<SharedServer | undefined> {
  const folder = process.env[sharedFolderVariable];
  if (!folder) return undefined;
  const file = join(folder, `${name}.json`);
  const lock = join(folder, `${name}.lock`);
  for (;;) {
    const found = read(file);
    if (found && 'error' in found) throw new Error(String(found.error));
    if (found) return found;
    try {
      mkdirSync(lock);
    } catch {
      await sleep(50);
      continue;
    }
    const keeper = Number(readFileSync(join(folder, 'keeper'), 'utf8'));
    try {
      const { url } = await start(keeper);
      write(file, { url });
    } catch (error) {
      write(file, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** Begins a test run in this process: the servers shared below it end with it. */
export function beginRun(folder: string): void {
  writeFileSync(join(folder, 'keeper'), String(process.pid));
  process.env[sharedFolderVariable] = folder;
}

/** Ends a test run's folder. Its servers end with the process. */
export function endRun(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function read(file: string): (SharedServer & { readonly error?: string }) | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SharedServer;
  } catch {
    return undefined;
  }
}

function write(file: string, value: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}
