import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { storageErrors, TenantAnalytics, TenantStorage, defaultTenant } from '@agent-factory/sdk/contracts';
import { bootTestKernel, sampleRun } from '@agent-factory/sdk/testing';
import { startPostgres } from '@agent-factory/test-servers';
import { createSqlJournal } from '../src/sql-journal.ts';
import { openTestJournal } from './open-test-journal.ts';

describe('a journal whose server restarts', () => {
  it('goes on with every run, and holds each event once', async function () {
    this.timeout(120_000);
    const server = await startPostgres();
    const storage = { use: '@agent-factory/plugin-storage-postgres', config: { url: server.url } };
    const kernel = await bootTestKernel({ plugins: [storage] });
    const tenants = kernel.use(TenantStorage);
    const analytics = kernel.use(TenantAnalytics);
    const journal = await createSqlJournal({ tenants, analytics, pollMs: 0 });
    const own = journal.tenant(defaultTenant);
    const runs = Array.from({ length: 24 }, () => sampleRun({ deltas: 60 }));
    await Promise.all(runs.map((run) => own.append(run.events(1, 1), run.after(1))));
    let appended = 0;
    const work = Promise.all(
      runs.map(async (run) => {
        for (let seq = 2; seq <= run.length; seq++) {
          await own.append(run.events(seq, seq), run.after(seq));
          appended++;
        }
      }),
    );
    for (const enough of [150, 600, 1000]) {
      while (appended < enough) await delay(1);
      await server.kill(enough === 600 ? 'SIGQUIT' : 'SIGKILL');
      await server.start();
    }
    await work;
    for (const run of runs) {
      assert.deepEqual(await own.read(run.id), run.events(1, run.length));
      assert.equal(await own.verify(run.id), undefined);
    }
    await journal.close();
    await kernel.close();
    await server.stop();
  });

  for (const written of [true, false]) {
    it(`finds out that an append was ${written ? '' : 'not '}written when nobody told it, and writes it once`, async () => {
      const { tenants, analytics, close } = await openTestJournal();
      let broken = 2;
      // The connection breaks while it is committed; what becomes of it is the server's secret.
      const breaking: TenantStorage = {
        ...tenants,
        async tenant(id) {
          const database = await tenants.tenant(id);
          return {
            ...database,
            async batch(statements, options) {
              if (broken === 0) return database.batch(statements, options);
              broken--;
              if (written) await database.batch(statements, options).catch(() => undefined);
              throw storageErrors.AF_STORAGE_COMMIT_UNKNOWN({ database: 'af' });
            },
          };
        },
      };
      const journal = await createSqlJournal({ tenants: breaking, analytics, pollMs: 0 });
      const own = journal.tenant(defaultTenant);
      const [one, two] = [sampleRun(), sampleRun()];
      await Promise.all([one, two].map((run) => own.append(run.events(1, 2), run.after(2))));
      broken = 2;
      await own.append(one.events(3, 4), one.after(4));
      await own.append(one.events(5, 6), one.after(6));
      assert.deepEqual(await own.read(one.id), one.events(1, 6));
      assert.deepEqual(await own.read(two.id), two.events(1, 2));
      assert.equal(await own.verify(one.id), undefined);
      await journal.close();
      await close();
    });
  }

  it('tells at once who begins a run that the server is away, and does not wait', async () => {
    const { tenants, analytics, close } = await openTestJournal();
    let tries = 0;
    const away: TenantStorage = {
      ...tenants,
      async tenant(id) {
        const database = await tenants.tenant(id);
        const batch = async (): Promise<void> => {
          tries++;
          throw storageErrors.AF_STORAGE_UNAVAILABLE({
            server: 'db:5432',
            reason: 'refused',
            mend: 'Start it.',
          });
        };
        return { ...database, batch };
      },
    };
    const journal = await createSqlJournal({ tenants: away, analytics, pollMs: 0 });
    const sample = sampleRun();
    await assert.rejects(
      journal.tenant(defaultTenant).append(sample.events(1, 2), sample.after(2)),
      /db:5432/,
    );
    assert.equal(tries, 1);
    await journal.close();
    await close();
  });
});
