import assert from 'node:assert/strict';
import { openTestJobs } from './open-test-jobs.ts';

describe('erasing the jobs of a tenant', function () {
  this.timeout(60_000);

  it('has jobs of others die that wait for one that died, also where nobody told them yet', async () => {
    const fixture = await openTestJobs();
    try {
      const { jobs, control, erase, storage } = await fixture.open();
      const child = { queue: 'later', tenant: 'a', data: {} };
      const [parent = ''] = await jobs.enqueue([
        { queue: 'later', tenant: 'b', data: {}, children: [child] },
      ]);
      // As a worker leaves it whose process ended at that moment.
      await storage.execute("UPDATE af_jobs_bullmq_jobs SET state = 'dead', ended_at = 1 WHERE tenant = 'a'");
      await erase('a');
      const job = await control.get(parent);
      assert.deepEqual([job?.state, job?.error?.code], ['dead', 'AF_JOB_CHILD_FAILED']);
    } finally {
      await fixture.close();
    }
  });
});
