import { Readable } from 'node:stream';
import type { BlobStore } from './blobs.ts';
import type { Sql, SqlDatabase } from './sql.ts';

/** From how many bytes a blob lies outside the database: files are no slower then, and the log of changes stays small. */
const largeFrom = 2 ** 15;

/** Blobs that are kept along with what is written of them. */
export interface CommittedBlobs extends BlobStore {
  /** Keeps a blob and what `work` writes: both, or neither, though a large blob may stay without its rows. */
  putWith<Result>(key: string, bytes: Uint8Array, work: (sql: Sql) => Promise<Result>): Promise<Result>;
}

/** Keeps small blobs in the database, where one commit does for them and their rows, and the others in another store. */
export function createSmallBlobs(database: SqlDatabase, others: BlobStore): CommittedBlobs {
  const find = async (key: string): Promise<Uint8Array | undefined> =>
    (await database.get<{ bytes: Uint8Array }>('SELECT bytes FROM small_blobs WHERE key = ?', [key]))?.bytes;
  const insert = (sql: Sql, key: string, bytes: Uint8Array): Promise<number> =>
    sql.run('INSERT INTO small_blobs (key, bytes) VALUES (?, ?) ON CONFLICT (key) DO NOTHING', [key, bytes]);

  return {
    async put(key, bytes) {
      if (bytes.length >= largeFrom) await others.put(key, bytes);
      else await database.write((sql) => insert(sql, key, bytes));
    },
    async putWith(key, bytes, work) {
      const isLarge = bytes.length >= largeFrom;
      if (isLarge) await others.put(key, bytes);
      return database.write(async (sql) => {
        if (!isLarge) await insert(sql, key, bytes);
        return work(sql);
      });
    },
    has: async (key) => (await find(key)) !== undefined || others.has(key),
    read: async (key) => (await find(key)) ?? others.read(key),
    async stream(key) {
      const bytes = await find(key);
      return bytes ? { bytes: bytes.length, stream: Readable.from([bytes]) } : others.stream(key);
    },
  };
}
