import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type JournalFixture, type TestKernel } from '@agent-factory/sdk/testing';
import { createSqlJournal, type SqlJournal } from '../src/sql-journal.ts';

/** A journal on a real database in a folder of its own. */
export interface TestJournal extends JournalFixture {
  readonly journal: SqlJournal;
  readonly storage: Storage;
  readonly dataDir: string;
  another(): Promise<SqlJournal>;
}

/** Boots a kernel with a storage, and creates a journal on it; each further journal has a kernel of its own. */
export async function openTestJournal(): Promise<TestJournal> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-journal-'));
  const opened: { readonly kernel: TestKernel; readonly journal: SqlJournal }[] = [];
  const open = async (): Promise<{ journal: SqlJournal; storage: Storage }> => {
    const kernel = await bootTestKernel({ plugins: ['@agent-factory/plugin-storage-sqlite'], dataDir });
    const storage = kernel.use(Storage);
    const journal = await createSqlJournal(storage, { pollMs: 20 });
    opened.push({ kernel, journal });
    return { journal, storage };
  };
  return {
    ...(await open()),
    dataDir,
    another: async () => (await open()).journal,
    async close() {
      for (const { kernel, journal } of opened) {
        await journal.close();
        await kernel.close();
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
