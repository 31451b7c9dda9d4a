import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Tells whether anything was committed to a SQLite file in WAL mode, by any process, for the price of a small read. */
interface SqliteStamp {
  /** Another number after each commit; `undefined` where that cannot be told. */
  read(): number | undefined;
  /** Not before the connections to the file are closed. May be called again. */
  close(): void;
}

/** The header of the WAL-index, which every commit writes anew as its last step (https://sqlite.org/walformat.html). */
const headerBytes = 48;

interface Opened {
  readonly file: number;
  users: number;
}

/** One for each index: a process that closes one of two handles of a file loses SQLite's locks on it. */
const opened = new Map<string, Opened>();

/** @param file - the database, with a connection open to it */
export function openSqliteStamp(file: string): SqliteStamp {
  // Elsewhere a read need not see what another process has written to a mapped file.
  const isCoherent = process.platform === 'linux' || process.platform === 'darwin';
  let found = isCoherent ? open(`${file}-shm`) : undefined;
  let last = new Uint32Array(headerBytes / 4);
  let fresh = new Uint32Array(headerBytes / 4);
  let stamp = 0;
  return {
    read() {
      if (!found || readSync(found.handle.file, fresh, 0, headerBytes, 0) !== headerBytes) return undefined;
      for (let at = 0; at < fresh.length; at += 1) {
        if (fresh[at] === last[at]) continue;
        [last, fresh] = [fresh, last];
        stamp += 1;
        break;
      }
      return stamp;
    },
    close() {
      const mine = found;
      found = undefined;
      if (!mine || (mine.handle.users -= 1) > 0) return;
      opened.delete(mine.key);
      closeSync(mine.handle.file);
    },
  };
}

function open(index: string): { key: string; handle: Opened } | undefined {
  const there = statSync(index, { throwIfNoEntry: false });
  if (!there) return undefined;
  const key = `${there.dev}:${there.ino}`;
  const handle = opened.get(key) ?? { file: openSync(index, 'r'), users: 0 };
  handle.users += 1;
  opened.set(key, handle);
  return { key, handle };
}
