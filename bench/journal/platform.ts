import { Journal, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { startPostgres, type TestServer } from '@agent-factory/test-servers';

/** What storage there is. */
export type Engine = 'sqlite' | 'postgres';

/** When a write is acknowledged. */
export type Durability = 'os-buffered' | 'fsync';

/** A platform with a journal on one engine, and where a raw client reaches the same engine. */
export interface Platform {
  readonly journal: Journal;
  readonly tenants: TenantStorage;
  readonly dataDir: string;
  /** Of the superuser; PostgreSQL only. */
  readonly url: string;
  close(): Promise<void>;
}

/** Boots a platform as an operator would configure it; PostgreSQL with its own defaults, but for its checkpoints. */
export async function bootPlatform(engine: Engine, durability: Durability): Promise<Platform> {
  let server: TestServer | undefined;
  if (engine === 'postgres') server = await startPostgres({ settings: { fsync: 'on', max_wal_size: '4GB' } });
  const storage = server
    ? { use: '@agent-factory/plugin-storage-postgres', config: { url: server.url } }
    : '@agent-factory/plugin-storage-sqlite';
  const level = durability === 'fsync' ? 'group-commit' : 'os-buffered';
  const journal = { use: '@agent-factory/plugin-journal-sql', config: { durability: level, pollMs: 0 } };
  const kernel: TestKernel = await bootTestKernel({ plugins: [storage, journal] });
  return {
    journal: kernel.use(Journal),
    tenants: kernel.use(TenantStorage),
    dataDir: kernel.dataDir,
    url: server?.url ?? '',
    async close() {
      await kernel.close();
      await server?.stop();
    },
  };
}
