import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PythonToolEntry } from './config.ts';
import { errors } from './errors.ts';

/** A Python file where workers find it. */
export interface StagedFile {
  /** As the operator wrote it, for messages. */
  readonly shown: string;
  /** Where workers read it. */
  readonly file: string;
  readonly source: string;
}

/** What one entry of the configuration is made of. */
export interface StagedEntry {
  readonly folder: string;
  readonly files: readonly StagedFile[];
}

/** A folder that other users may read, with the worker and the operator's files: theirs may be closed to others. */
export interface Stage {
  /** What a worker begins with. */
  readonly worker: string;
  readonly entries: readonly StagedEntry[];
  remove(): void;
}

const mostBytes = 67_108_864;
const leftOut = /^(\..*|node_modules|__pycache__)$/;

/** Copies what tools are made of. AF_TOOLS_PYTHON_SOURCE for what is not there. */
export function stageFiles(entries: readonly PythonToolEntry[], baseDir: string): Stage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'agent-factory-python-')));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    const worker = join(root, 'worker');
    cpSync(fileURLToPath(new URL('../python', import.meta.url)), worker, { recursive: true });
    const staged = entries.map((entry, index) => stageEntry(entry, baseDir, join(root, String(index))));
    openToAll(root);
    return { worker, entries: staged, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function stageEntry(entry: PythonToolEntry, baseDir: string, folder: string): StagedEntry {
  const { file, folder: from, files = [] } = entry;
  if ((file === undefined) === (from === undefined))
    throw refused(file ?? from ?? '(an entry)', 'it has to have either "file" or "folder"');
  mkdirSync(folder);
  for (const path of [file, ...files].filter((one) => one !== undefined))
    copy(baseDir, path, join(folder, basename(path)));
  if (from !== undefined) copy(baseDir, from, folder);
  const names = file === undefined ? readdirSync(folder).sort() : [basename(file)];
  const found = names.filter((name) => name.endsWith('.py') && !name.startsWith('_'));
  if (found.length === 0) throw refused(file ?? from ?? '', 'there is no file ending in .py');
  return {
    folder,
    files: found.map((name) => ({
      shown: file ?? join(from ?? '', name),
      file: join(folder, name),
      source: readFileSync(join(folder, name), 'utf8'),
    })),
  };
}

function copy(baseDir: string, path: string, to: string): void {
  const from = resolve(baseDir, path);
  if (!existsSync(from)) throw refused(path, 'it is not there');
  let bytes = 0;
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter(each) {
      if (each !== from && leftOut.test(basename(each))) return false;
      const about = statSync(each);
      if (about.isFile()) bytes += about.size;
      if (bytes > mostBytes) throw refused(path, `it holds more than ${mostBytes} bytes`);
      return about.isFile() || about.isDirectory();
    },
  });
}

function refused(file: string, reason: string): Error {
  return errors.AF_TOOLS_PYTHON_SOURCE({ file, reason, mend: 'Mend "tools" of tools-python.' });
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
