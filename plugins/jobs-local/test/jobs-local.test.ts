import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { JobControl, Jobs, JobSchedules, MaintenanceTask } from '@agent-factory/sdk/contracts';
import { bootTestKernel, jobsSuite, waitFor } from '@agent-factory/sdk/testing';
import { openTestJobs, quickTimes } from './open-test-jobs.ts';

const folder = dirname(import.meta.dirname);
const storage = join(dirname(folder), 'storage-sqlite');

describe('jobs-local', () => {
  for (const engine of ['sqlite', 'postgres'] as const) {
    describe(`on ${engine}`, function () {
      this.timeout(45_000);
      const facts = { lostWithinMs: quickTimes.leaseMs + quickTimes.pollMs };
      for (const { name, run } of jobsSuite(() => openTestJobs(engine), facts)) it(name, run);
    });
  }

  describe('as a plugin', () => {
    it('provides jobs, their control and schedules, and a task that removes old ones', async () => {
      const kernel = await bootTestKernel({ plugins: [storage, folder] });
      const jobs = kernel.use(Jobs);
      try {
        await jobs.work('q', async ({ job }) => job.data);
        const [id = ''] = await jobs.enqueue([{ queue: 'q', data: { n: 1 } }]);
        const control = kernel.use(JobControl);
        await waitFor('it', async () => (await control.get(id))?.state === 'completed');
        assert.deepEqual(await kernel.use(JobSchedules).list(), []);
        assert.deepEqual(
          kernel.all(MaintenanceTask).map(({ value }) => value.name),
          ['jobs-local-sweep'],
        );
      } finally {
        await kernel.close();
      }
      await assert.rejects(jobs.enqueue([{ queue: 'q', data: {} }]), { code: 'AF_JOBS_CLOSED' });
    });

    it('takes no jobs in the role api', async () => {
      const kernel = await bootTestKernel({ plugins: [storage, folder], role: 'api' });
      try {
        await kernel.use(Jobs).work('q', async () => assert.fail('nothing is taken'));
        const [id = ''] = await kernel.use(Jobs).enqueue([{ queue: 'q', data: {} }]);
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal((await kernel.use(JobControl).get(id))?.state, 'waiting');
      } finally {
        await kernel.close();
      }
    });

    it('keeps the platform from starting when its times do not fit, and says why', async () => {
      const config = { leaseMs: 1000, heartbeatMs: 900 };
      const boot = bootTestKernel({ plugins: [storage, { use: folder, config }] });
      await assert.rejects(
        boot,
        (error) => error instanceof Error && error.message.includes('every 900 ms and hold jobs for 1000 ms'),
      );
    });
  });
});
