import assert from 'node:assert/strict';
import {
  defaultTenant,
  type SqlDatabase,
  type SqlDurability,
  type TenantStorage,
} from '@agent-factory/sdk/contracts';
import { sampleRun } from '@agent-factory/sdk/testing';
import type { JournalDurability } from '../src/config.ts';
import { createSqlJournal } from '../src/sql-journal.ts';
import { openTestJournal } from './open-test-journal.ts';

interface Batch {
  readonly statements: number;
  readonly durability: SqlDurability | undefined;
}

/** Appends two events each for many runs at once, and tells which transactions that took. */
async function batchesOf(durability: JournalDurability | undefined): Promise<readonly Batch[]> {
  const { tenants, analytics, close } = await openTestJournal();
  const batches: Batch[] = [];
  const counting: TenantStorage = {
    ...tenants,
    async tenant(id) {
      const database = await tenants.tenant(id);
      const batch: SqlDatabase['batch'] = (statements, options) => {
        batches.push({ statements: statements.length, durability: options?.durability });
        return database.batch(statements, options);
      };
      return { ...database, batch };
    },
  };
  const journal = await createSqlJournal({ tenants: counting, analytics, pollMs: 0, durability });
  const own = journal.tenant(defaultTenant);
  const runs = Array.from({ length: 32 }, () => sampleRun());
  await Promise.all(runs.map((run) => own.append(run.events(1, 2), run.after(2))));
  for (const { id } of runs) assert.equal(await own.verify(id), undefined);
  await journal.close();
  await close();
  return batches;
}

describe('durability of the journal', () => {
  it('unset: one transaction for what comes together, as durable as the storage is', async () => {
    assert.deepEqual(await batchesOf(undefined), [{ statements: 32 + 64 / 32, durability: undefined }]);
  });

  it('group-commit: one transaction for what comes together, on the disk', async () => {
    assert.deepEqual(await batchesOf('group-commit'), [{ statements: 32 + 64 / 32, durability: 'fsync' }]);
  });

  it('os-buffered: one transaction for what comes together, left to the operating system', async () => {
    assert.deepEqual(await batchesOf('os-buffered'), [
      { statements: 32 + 64 / 32, durability: 'os-buffered' },
    ]);
  });

  it('fsync-each: a transaction for each append, on the disk', async () => {
    const alone = { statements: 2, durability: 'fsync' };
    assert.deepEqual(
      await batchesOf('fsync-each'),
      Array.from({ length: 32 }, () => alone),
    );
  });
});
