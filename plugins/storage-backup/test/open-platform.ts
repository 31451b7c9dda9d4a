import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Storage,
  StorageBackup,
  StorageTransfer,
  TenantStorage,
  type Migration,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';

/** A platform with a storage and its backup. */
export interface TestPlatform {
  readonly kernel: TestKernel;
  readonly storage: Storage;
  readonly tenants: TenantStorage;
  readonly transfer: StorageTransfer;
  readonly backup: StorageBackup;
  /** A folder for files, removed with it. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Engines a platform can stand on. */
export type Engine = 'sqlite' | 'postgres';

const platformTables: readonly Migration[] = [
  {
    version: 1,
    name: 'create-parts',
    up: `CREATE TABLE af_suite_wholes (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
      CREATE TABLE af_suite_parts (id TEXT PRIMARY KEY, whole_id BIGINT NOT NULL REFERENCES af_suite_wholes (id), amount DOUBLE PRECISION)`,
    down: 'DROP TABLE af_suite_parts; DROP TABLE af_suite_wholes',
  },
  {
    version: 2,
    name: 'add-colour',
    up: "ALTER TABLE af_suite_parts ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'",
    down: 'ALTER TABLE af_suite_parts DROP COLUMN colour',
  },
];
const tenantTables: readonly Migration[] = [
  {
    version: 1,
    name: 'create-notes',
    up: 'CREATE TABLE af_suite_notes ({{tenant.column}} id BIGINT NOT NULL, body TEXT, PRIMARY KEY ({{tenant.key}} id))',
    down: 'DROP TABLE af_suite_notes',
  },
];

/** Boots an empty platform on an engine, with tables made by `steps` of the platform's migrations (default all). */
export async function openPlatform(
  engine: Engine,
  steps: number = platformTables.length,
): Promise<TestPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-factory-backup-'));
  const server = engine === 'postgres' ? await freshPostgres() : undefined;
  const database = server
    ? { use: '@agent-factory/plugin-storage-postgres', config: { url: server.url } }
    : '@agent-factory/plugin-storage-sqlite';
  const kernel = await bootTestKernel({
    plugins: [database, '@agent-factory/plugin-storage-backup'],
    dataDir: join(folder, 'state'),
  });
  const storage = kernel.use(Storage);
  const tenants = kernel.use(TenantStorage);
  await storage.migrate('suite', platformTables.slice(0, steps));
  await tenants.migrate('suite', tenantTables);
  return {
    kernel,
    storage,
    tenants,
    transfer: kernel.use(StorageTransfer),
    backup: kernel.use(StorageBackup),
    folder,
    async close() {
      await kernel.close();
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Puts `rows` parts into the platform, and as many notes into each of two tenants. */
export async function fill({ storage, tenants }: TestPlatform, rows: number): Promise<void> {
  await storage.execute("INSERT INTO af_suite_wholes (id, name) VALUES (9007199254740993, 'all of it')");
  const numbers = Array.from({ length: rows }, (_, n) => n);
  await storage.batch(
    numbers.map((n) => ({
      sql: 'INSERT INTO af_suite_parts (id, whole_id, amount) VALUES (?, 9007199254740993, ?)',
      params: [`part ${n} ✓`, n % 3 === 0 ? null : n / 7],
    })),
  );
  for (const id of ['acme', 'globex']) {
    await tenants.create(id);
    await (
      await tenants.tenant(id)
    ).batch(
      numbers.map((n) => ({
        sql: 'INSERT INTO af_suite_notes (id, body) VALUES (?, ?)',
        params: [n, `${id} "${n}"\n\u2028\u0085`],
      })),
    );
  }
}
