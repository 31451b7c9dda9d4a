import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@agent-factory/sdk/contracts';
import type { StorageFixture, StorageHandlesFixture } from '@agent-factory/sdk/testing';
import {
  openSqliteConnection,
  type SqliteConnection,
  type SqliteConnectionOptions,
} from '../src/sqlite-connection.ts';
import {
  openSqlitePlatform,
  type SqlitePlatform,
  type SqlitePlatformOptions,
} from '../src/sqlite-platform.ts';
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
    return { connection, storage: createSqliteStorage(connection, { kernelVersion: '0.0.0' }) };
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

/** A platform in a folder of its own. */
export interface TestPlatform extends SqlitePlatform, Omit<StorageHandlesFixture, keyof SqlitePlatform> {
  readonly file: string;
  readonly tenantsFolder: string;
  another(options?: Partial<SqlitePlatformOptions>): Promise<SqlitePlatform>;
}

/** Opens a new platform's file in a temporary folder. */
export async function openTestPlatform(options: Partial<SqlitePlatformOptions> = {}): Promise<TestPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-factory-sqlite-'));
  const tenantsFolder = join(folder, 'tenants');
  const settings: SqlitePlatformOptions = {
    file: join(folder, 'test.db'),
    durability: 'os-buffered',
    busyTimeoutMs: 5000,
    openTenants: 3, // few, so that files come and go
    kernelVersion: '0.0.0',
    ...options,
  };
  const platforms: SqlitePlatform[] = [];
  const open = async (more: Partial<SqlitePlatformOptions> = {}): Promise<SqlitePlatform> => {
    const platform = await openSqlitePlatform({ ...settings, ...more });
    platforms.push(platform);
    return platform;
  };
  return {
    ...(await open()),
    file: settings.file,
    tenantsFolder,
    another: open,
    escapes: (other) => [
      `ATTACH DATABASE '${join(tenantsFolder, `${other}.db`)}' AS other`,
      `ATTACH '${settings.file}' AS platform`,
      `VACUUM INTO '${join(tenantsFolder, 'stolen.db')}'`,
      'DETACH main',
    ],
    async close() {
      for (const each of platforms) await each.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
