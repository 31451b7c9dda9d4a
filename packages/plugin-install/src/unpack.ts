import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PackageArchive, PackageFile } from '@agent-factory/plugin-package';
import { storeFailed } from './write-durably.ts';

/**
 * Puts a scanned package into the store: written beside its place, then moved there in one step. What is there
 * already and whole is left as it is. Files are not synced one by one, which would take longer than all the rest: what
 * a loss of power tears is found at the next start, for every file is signed.
 *
 * @throws AF_INSTALL_STORE
 */
export async function unpack({ files, integrity }: PackageArchive, folder: string): Promise<void> {
  if (existsSync(folder) && isWhole(files, folder)) return;
  const draft = join(dirname(folder), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const folders = new Set(files.map(({ path }) => dirname(join(draft, path))));
    for (const one of folders) mkdirSync(one, { recursive: true, mode: 0o755 });
    for (const { path, bytes, executable } of files)
      write(join(draft, path), bytes, executable ? 0o755 : 0o644);
    write(`${draft}.integrity`, Buffer.from(`${integrity}\n`), 0o644);
    await syncFolder(draft);
    await rename(`${draft}.integrity`, `${folder}.integrity`);
    if (existsSync(folder)) renameSync(folder, `${draft}.old`);
    await rename(draft, folder);
    await syncFolder(dirname(folder));
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

/** At once: a small file takes longer to hand to other threads, call by call, than to write. */
function write(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, bytes);
    fchmodSync(file, mode); // whatever the umask says
  } finally {
    closeSync(file);
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
