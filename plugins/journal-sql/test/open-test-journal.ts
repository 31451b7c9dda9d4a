import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultTenant,
  Signals,
  TenantAnalytics,
  TenantStorage,
  type SqlDatabase,
  type SqlDialect,
} from '@agent-factory/sdk/contracts';
import type { PluginEntry } from '@agent-factory/sdk';
import { bootTestKernel, type JournalFixture, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { createSqlJournal, type SqlJournal, type SqlJournalOptions } from '../src/sql-journal.ts';
import { tamperWith } from './tamper.ts';

/** A journal on a real database. */
export interface TestJournal extends JournalFixture {
  readonly journal: SqlJournal;
  readonly tenants: TenantStorage;
  readonly analytics: TenantAnalytics;
  readonly signals: Signals | undefined;
  readonly dataDir: string;
  /** The storage's entry in a configuration, for other processes. */
  readonly storage: PluginEntry;
  /** The default tenant's database. */
  database(): Promise<SqlDatabase>;
  another(): Promise<SqlJournal>;
}

/** Boots a kernel with a storage, and creates a journal on it; each further journal has a kernel of its own. */
export async function openTestJournal(
  dialect: SqlDialect = 'sqlite',
  options: Partial<SqlJournalOptions> = {},
): Promise<TestJournal> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-journal-'));
  const server = dialect === 'postgres' ? await freshPostgres() : undefined;
  const storage: PluginEntry = server
    ? { use: '@agent-factory/plugin-storage-postgres', config: { url: server.url } }
    : { use: '@agent-factory/plugin-storage-sqlite' };
  const kernels: TestKernel[] = [];
  const journals: SqlJournal[] = [];
  const open = async () => {
    const kernel = await bootTestKernel({ plugins: [storage], dataDir });
    kernels.push(kernel);
    const tenants = kernel.use(TenantStorage);
    const analytics = kernel.use(TenantAnalytics);
    const signals = server && kernel.use(Signals);
    const journal = await createSqlJournal({ tenants, analytics, pollMs: 20, ...options });
    journals.push(journal);
    return { journal, tenants, analytics, signals };
  };
  const first = await open();
  const database = (): Promise<SqlDatabase> => first.tenants.tenant(defaultTenant);
  return {
    ...first,
    dataDir,
    storage,
    database,
    another: async () => (await open()).journal,
    createTenant: async (id) => {
      await first.tenants.create(id);
    },
    tamper: async (kind, runId, seq) => tamperWith(await database(), kind, runId, seq),
    async close() {
      for (const journal of journals) await journal.close();
      for (const kernel of kernels) await kernel.close();
      await server?.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
