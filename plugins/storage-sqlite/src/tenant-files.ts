import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fdatasyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import Database from 'better-sqlite3';
import { storageErrors as errors } from '@agent-factory/sdk/contracts';
import { isBusy, translate } from './driver-errors.ts';
import { retryWhileBusy } from './turnstile.ts';

/** A folder with one database file for each tenant. */
export interface TenantFiles {
  path(id: string): string;
  /** Tells a tenant's file from another that took its place; `undefined` when there is none. */
  identity(id: string): number | undefined;
  /** Ids of all tenants, in order. */
  list(): Promise<readonly string[]>;
  /**
   * Puts a tenant's file into place, whole or not at all; whether it did. Where there is one, it stays. `never removed`
   * saves the lock that keeps adding and removing apart.
   */
  add(id: string, content: Uint8Array, life?: 'never removed'): Promise<boolean>;
  /** Removes a tenant's files; whether there were any. Other processes that have them open find no tables any more. */
  remove(id: string): Promise<boolean>;
  close(): void;
}

const tenantFile = /^([a-z0-9][a-z0-9-]{0,62})\.db$/;
const logFile = /^([a-z0-9][a-z0-9-]{0,62}\.db)-(?:wal|shm)$/;
/** A half-made file that nobody has touched for so long has no maker any more. */
const abandonedAfterMs = 3_600_000;

/** Keeps tenants' files in `folder`, which is made when it is needed. */
export function createTenantFiles(folder: string, busyTimeoutMs: number): TenantFiles {
  let lock: Database.Database | undefined;

  /**
   * Runs `work` while no other process adds or removes files. A file of SQLite's own is the lock: the operating system
   * lets go of it whatever becomes of the process. Nothing is written to it once it has its first page, so that a tenant
   * can be removed from a full disk.
   */
  const locked = async (work: () => boolean): Promise<boolean> => {
    const waited = (ms: number): Error =>
      errors.AF_STORAGE_LOCKED({ database: folder, ms, reason: 'another process adds or removes a tenant' });
    try {
      return await retryWhileBusy(
        () => {
          const isFirst = lock === undefined;
          lock ??= new Database(join(folder, '.lock'), { timeout: 0 });
          lock.exec('BEGIN IMMEDIATE');
          try {
            if (isFirst) sweep(folder);
            return work();
          } finally {
            lock.exec('COMMIT');
          }
        },
        busyTimeoutMs,
        { isBusy, waited },
      );
    } catch (error) {
      throw translate(error, folder);
    }
  };

  const start = join(folder, sep);
  const path = (id: string): string => `${start}${id}.db`;
  const identity = (id: string): number | undefined => statSync(path(id), { throwIfNoEntry: false })?.ino;

  return {
    path,
    identity,
    async list() {
      const names = await readdir(folder).catch(noFolder);
      return names.flatMap((name) => tenantFile.exec(name)?.[1] ?? []).sort();
    },
    async add(id, content, life) {
      const half = join(folder, `.new-${id}-${randomUUID()}`);
      try {
        mkdirSync(folder, { recursive: true });
        writeThrough(half, content);
        if (life === 'never removed') {
          linkSync(half, path(id));
          return true;
        }
        return await locked(() => {
          if (identity(id) !== undefined) return false;
          // A log left behind by a file of that name would be taken for part of this one.
          for (const end of ['-wal', '-shm']) rmSync(path(id) + end, { force: true });
          renameSync(half, path(id));
          return true;
        });
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw toStorageError(error, path(id));
      } finally {
        rmSync(half, { force: true });
      }
    },
    async remove(id) {
      if (identity(id) === undefined) return false;
      return locked(() => {
        if (identity(id) === undefined) return false;
        const gone = join(folder, `.gone-${id}-${randomUUID()}`);
        hideTables(path(id), () => renameSync(path(id), gone));
        for (const file of [gone, `${path(id)}-wal`, `${path(id)}-shm`]) rmSync(file, { force: true });
        return true;
      });
    },
    close() {
      lock?.close();
      lock = undefined;
    },
  };
}

/**
 * Renames every table, so that the statements of whoever has the file open fail instead of writing to a file that is
 * going away; moves the file while nobody else can write.
 */
function hideTables(file: string, move: () => void): void {
  let moved = false;
  const database = new Database(file, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('legacy_alter_table = ON'); // what refers to a table needs no mending any more
    database.exec('BEGIN IMMEDIATE');
    const tables = database
      .prepare<[], { name: string }>(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND name LIKE 'af^_%' ESCAPE '^'",
      )
      .all();
    for (const { name } of tables) database.exec(`ALTER TABLE "${name}" RENAME TO "erased ${name}"`);
    move();
    moved = true;
    database.exec('COMMIT');
  } catch (error) {
    if (isBusy(error)) throw error;
    // A damaged file, or a full disk, keeps nobody from getting rid of it.
    if (!moved) move();
  } finally {
    database.close();
  }
}

/** Removes what processes left that died while they added or removed a tenant. */
function sweep(folder: string): void {
  const names = readdirSync(folder);
  const present = new Set(names);
  for (const name of names) {
    const owner = logFile.exec(name)?.[1];
    const orphan = name.startsWith('.gone-') || (owner !== undefined && !present.has(owner));
    if (orphan || (name.startsWith('.new-') && isAbandoned(join(folder, name))))
      rmSync(join(folder, name), { force: true });
  }
}

function isAbandoned(file: string): boolean {
  const { mtimeMs = Infinity } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return mtimeMs < Date.now() - abandonedAfterMs;
}

function writeThrough(file: string, content: Uint8Array): void {
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeFileSync(descriptor, content); // goes on until all is written, or fails
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined;
}

function toStorageError(error: unknown, database: string): unknown {
  const code = codeOf(error);
  if (!(error instanceof Error) || code === undefined) return error;
  const reason = error.message;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') return errors.AF_STORAGE_FULL({ database, reason }, options);
  const mend = 'Let the user that runs the platform write to the folder of the tenants.';
  return errors.AF_STORAGE_OPEN_FAILED({ database, reason, mend }, options);
}

function noFolder(error: unknown): readonly string[] {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
}
