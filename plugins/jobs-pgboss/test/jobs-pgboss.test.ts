import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { JobControl, Jobs, JobSchedules } from '@agent-factory/sdk/contracts';
import { bootTestKernel, jobsSuite } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { openTestJobs, quick } from './open-test-jobs.ts';

const folder = dirname(import.meta.dirname);
const onPostgres = (url: string): { use: string; config: { url: string } } => ({
  use: '@agent-factory/plugin-storage-postgres',
  config: { url },
});

describe('jobs-pgboss', function () {
  this.timeout(60_000);

  describe('as an engine of jobs', () => {
    // pg-boss looks for lost jobs once a second.
    const suite = jobsSuite(openTestJobs, { lostWithinMs: quick.heartbeatSeconds * 1000 + 3000 });
    for (const { name, run } of suite) it(name, run);
  });

  describe('as a plugin', () => {
    const refusal = async (url: string, storage: string | ReturnType<typeof onPostgres>): Promise<string> => {
      const booted = bootTestKernel({ plugins: [storage, { use: folder, config: { url } }] });
      const error: unknown = await booted.then(
        (kernel) => kernel.close().then(() => assert.fail('it started')),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error);
      return `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`;
    };
    const sqlite = '@agent-factory/plugin-storage-sqlite';

    it('provides jobs, their control and schedules', async () => {
      const { url, close } = await freshPostgres();
      const kernel = await bootTestKernel({ plugins: [onPostgres(url), { use: folder, config: { url } }] });
      try {
        const [id = ''] = await kernel.use(Jobs).enqueue([{ queue: 'q', data: {} }]);
        const worked = Promise.withResolvers<string>();
        await kernel.use(Jobs).work('q', async ({ job }) => worked.resolve(job.id));
        assert.equal(await worked.promise, id);
        assert.ok(await kernel.use(JobControl).get(id));
        assert.deepEqual(await kernel.use(JobSchedules).list(), []);
      } finally {
        await kernel.close();
        await close();
      }
    });

    it('refuses a storage that is not the same PostgreSQL database', async () => {
      const [here, there] = await Promise.all([freshPostgres(), freshPostgres()]);
      try {
        assert.match(await refusal(here.url, sqlite), /the storage is not PostgreSQL/);
        assert.match(await refusal(here.url, onPostgres(there.url)), /the storage cannot reach their tables/);
      } finally {
        await Promise.all([here.close(), there.close()]);
      }
    });

    it('says which server cannot be reached, or refuses the credentials, without the password', async () => {
      const { url, close } = await freshPostgres();
      try {
        const away = await refusal('postgres://me:hidden-word@127.0.0.1:9/jobs', onPostgres(url));
        assert.match(away, /127\.0\.0\.1:9\/jobs: .*ECONNREFUSED/);
        const wrong = new URL(url);
        wrong.username = 'nobody';
        wrong.password = 'hidden-word';
        const refused = await refusal(wrong.href, onPostgres(url));
        assert.match(refused, /nobody/);
        assert.ok(!`${away}${refused}`.includes('hidden-word'));
      } finally {
        await close();
      }
    });
  });
});
