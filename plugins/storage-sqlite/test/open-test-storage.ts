import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@agent-factory/sdk/contracts';
import type { StorageFixture } from '@agent-factory/sdk/testing';
import {
  openSqliteConnection,
  type SqliteConnection,
  type SqliteConnectionOptions,
} from '../src/sqlite-connection.ts';
import { createSqliteStorage } from '../src/sqlite-storage.ts';

/** A storage on a file of its own. */
export interface TestStorage extends StorageFixture {
  readonly connection: SqliteConnection;
  readonly file: string;
}

/** Opens a new database in a temporary folder. */
export async function openTestStorage(options: Partial<SqliteConnectionOptions> = {}): Promise<TestStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-factory-sqlite-'));
  const settings: SqliteConnectionOptions = {
    file: join(folder, 'data', 'test.db'),
    durability: 'os-buffered',
    busyTimeoutMs: 5000,
    ...options,
  };
  const connections: SqliteConnection[] = [];
  const connect = async (): Promise<{ connection: SqliteConnection; storage: Storage }> => {
    const connection = await openSqliteConnection(settings);
    connections.push(connection);
    return { connection, storage: createSqliteStorage(connection, settings) };
  };
  return {
    ...(await connect()),
    file: settings.file,
    another: async () => (await connect()).storage,
    async close() {
      for (const each of connections) await each.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
