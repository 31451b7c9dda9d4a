import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { PackageArchive, PackageFile } from '@agent-factory/plugin-package';
import { storeFailed } from './write-durably.ts';

const openedElsewhere = promisify(open);

/** Files that are opened together by other threads. */
const together = 16;
/** Where the disk is busy, opening a file takes longer than all else about it, and than handing it to another thread. */
const longMs = 0.2;
/** A pause of this thread counts no more than so. */
const mostMs = 1;
/** How long opening a file took of late, here. */
let openMs = 0;
/** One package after another is written, so that the files that are open at a time stay few. */
let written: Promise<unknown> = Promise.resolve();

/**
 * Puts a scanned package into the store: written beside its place, then moved there in one step. What is there
 * already and whole is left as it is. Neither files nor folders are synced, which would take longer than all the rest:
 * what a loss of power tears is found at the next start, for every file is signed.
 *
 * @throws AF_INSTALL_STORE
 */
export async function unpack({ files, integrity }: PackageArchive, folder: string): Promise<void> {
  if (existsSync(folder) && isWhole(files, folder)) return;
  const draft = join(dirname(folder), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const folders = new Set(files.map(({ path }) => dirname(join(draft, path))));
    for (const one of folders) mkdirSync(one, { recursive: true, mode: 0o755 });
    const mine = written.then(() => writeAll(files, draft));
    written = mine.catch(() => {}); // told to whoever asked
    await mine;
    writeFileSync(`${draft}.integrity`, `${integrity}\n`, { flag: 'wx' });
    renameSync(`${draft}.integrity`, `${folder}.integrity`);
    if (existsSync(folder)) renameSync(folder, `${draft}.old`);
    renameSync(draft, folder);
  } catch (error) {
    throw storeFailed(error);
  } finally {
    for (const left of [draft, `${draft}.integrity`, `${draft}.old`])
      rmSync(left, { recursive: true, force: true });
  }
}

/** Every file below a folder, as a package's. */
export function filesBelow(folder: string, below = ''): PackageFile[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry): PackageFile[] => {
    const path = `${below}${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, `${path}/`);
    const file = join(folder, path);
    // A link is read as what it leads to, and then is not what was signed.
    return [{ path, bytes: readFileSync(file), executable: (statSync(file).mode & 0o100) !== 0 }];
  });
}

/** Takes away what installs that were killed have left. */
export function clearDrafts(packages: string): void {
  if (!existsSync(packages)) return;
  for (const id of readdirSync(packages)) {
    const folder = join(packages, id);
    if (!statSync(folder).isDirectory()) continue;
    for (const name of readdirSync(folder))
      if (/^\.[0-9a-f]{12}\.tmp(\.\w+)?$/.test(name))
        rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isWhole(files: readonly PackageFile[], folder: string): boolean {
  const there = filesBelow(folder);
  const wanted = new Map(files.map((file) => [file.path, file.bytes]));
  return (
    there.length === files.length &&
    there.every(
      ({ path, bytes }) =>
        wanted.get(path)?.length === bytes.length && Buffer.compare(bytes, wanted.get(path) ?? bytes) === 0,
    )
  );
}

async function writeAll(files: readonly PackageFile[], draft: string): Promise<void> {
  const left = files.values();
  /** Whether new files have the modes they are made with: the same for all that one process makes in one place. */
  const kept = new Map<number, boolean>();
  const lane = async (): Promise<void> => {
    for (const { path, bytes, executable } of left)
      await write(`${draft}/${path}`, bytes, executable ? 0o755 : 0o644, kept);
  };
  const ends = await Promise.allSettled(Array.from({ length: together }, lane));
  // Only now is nobody writing any more.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** A new file, opened here while that is quick, and by another thread from when it is not. */
async function opened(path: string, mode: number): Promise<number> {
  if (openMs > longMs) return openedElsewhere(path, 'wx', mode);
  const began = performance.now();
  const file = openSync(path, 'wx', mode);
  openMs += (Math.min(performance.now() - began, mostMs) - openMs) / 16;
  return file;
}

/** Written at once: a small file takes longer to hand over, call by call, than to write. */
async function write(
  path: string,
  bytes: Uint8Array,
  mode: number,
  kept: Map<number, boolean>,
): Promise<void> {
  const file = await opened(path, mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    if (!kept.has(mode)) kept.set(mode, (fstatSync(file).mode & 0o7777) === mode);
    // Whatever the umask says; a look costs little, a change another entry in the file system's journal.
    if (kept.get(mode) === false) fchmodSync(file, mode);
  } finally {
    closeSync(file);
  }
}
