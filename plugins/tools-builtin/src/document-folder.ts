import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { errors } from './errors.ts';

/** A document as it lies in a folder. */
export interface DocumentFile {
  /** Unique among the searched folders, with `/` between its parts; what citations name. */
  readonly source: string;
  /** Absolute path. */
  readonly path: string;
  /** Size and time of the last change. */
  readonly stamp: string;
}

/** Which files of a folder are documents. */
export interface DocumentFilter {
  /** Without dots, in lower case. */
  readonly extensions: ReadonlySet<string>;
  readonly maxBytes: number;
}

/**
 * The documents of a folder, or the one file it names, by path. Hidden entries, `node_modules` and links are
 * left out: what a link inside the folder leads to is found where it lies, what lies outside is not asked for.
 */
export async function* listDocuments(
  folder: string,
  prefix: string,
  filter: DocumentFilter,
  signal: AbortSignal,
): AsyncGenerator<DocumentFile> {
  const root = await rootOf(folder);
  if (root.file !== undefined) {
    const found = await documentAt(root.file, prefix.slice(0, -1) || basename(root.file), filter.maxBytes);
    if (found) yield found;
    return;
  }
  const open = [root.folder];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    signal.throwIfAborted();
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      // A folder below may vanish or be closed to us meanwhile; the one that is configured may not.
      if (current === root.folder) throw unreadable(folder, error);
      return [];
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) open.push(path);
      if (!entry.isFile() || !filter.extensions.has(extname(entry.name).slice(1).toLowerCase())) continue;
      const source = prefix + relative(root.folder, path).split(sep).join('/');
      const found = await documentAt(path, source, filter.maxBytes);
      if (found) yield found;
    }
  }
}

/** The bytes of a document, unless it became a link, something else than a file, or too large meanwhile. */
export async function readDocumentBytes(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const { size } = await file.stat();
    if (size > maxBytes || !(await file.stat()).isFile()) return undefined;
    return await file.readFile();
  } catch {
    return undefined; // gone or closed to us: the next look at the folder will not list it
  }
}

/** Rejects with AF_TOOLS_BUILTIN_FOLDER_UNREADABLE, and the reason, when the folder cannot be listed. */
export async function checkFolder(folder: string): Promise<void> {
  const { file } = await rootOf(folder);
  if (file === undefined)
    await readdir(folder).catch((error: unknown) => Promise.reject(unreadable(folder, error)));
}

async function rootOf(folder: string): Promise<{ readonly folder: string; readonly file?: string }> {
  try {
    const real = await realpath(folder);
    return (await stat(real)).isDirectory() ? { folder: real } : { folder: dirname(real), file: real };
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function documentAt(path: string, source: string, maxBytes: number): Promise<DocumentFile | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile() || found.size > BigInt(maxBytes)) return undefined;
  return { source, path, stamp: `${found.size}-${found.mtimeNs}` };
}

function unreadable(folder: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reason =
    code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'access is denied' : String(code ?? error);
  return errors.AF_TOOLS_BUILTIN_FOLDER_UNREADABLE({ folder, reason }, { cause: error });
}
