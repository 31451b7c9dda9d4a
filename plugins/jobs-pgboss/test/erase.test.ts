import assert from 'node:assert/strict';
import { schema } from '../src/boss-link.ts';
import { openTestJobs } from './open-test-jobs.ts';

describe('erasing the jobs of a tenant from pg-boss', function () {
  this.timeout(60_000);

  it('has jobs of others die that wait for one that died, also where nobody told them yet', async () => {
    const fixture = await openTestJobs();
    try {
      const { jobs, control, erase, storage } = await fixture.open();
      const child = { queue: 'later', tenant: 'a', data: {} };
      const [parent = ''] = await jobs.enqueue([
        { queue: 'later', tenant: 'b', data: {}, children: [child] },
      ]);
      const [waiting] = await control.list({ tenant: 'a' });
      // As pg-boss leaves it when its worker was lost for the last time.
      const text = `UPDATE ${schema}.job SET state = 'failed', completed_on = now() WHERE CAST(id AS text) = ?`;
      assert.equal((await storage.execute(text, [waiting?.id ?? ''])).changes, 1);
      await erase('a');
      const job = await control.get(parent);
      assert.deepEqual([job?.state, job?.error?.code], ['dead', 'AF_JOB_CHILD_FAILED']);
    } finally {
      await fixture.close();
    }
  });

  it('leaves nothing that says who waited for whom', async () => {
    const fixture = await openTestJobs();
    try {
      const { jobs, control, erase, storage } = await fixture.open();
      const of = (tenant: string) => ({ queue: 'later', tenant, data: {} });
      await jobs.enqueue([
        { ...of('a'), children: [of('a'), { ...of('a'), children: [of('a')] }] },
        { ...of('b'), children: [of('a')] },
        { ...of('b'), children: [of('b')] },
      ]);
      const pairs = async (): Promise<number> =>
        (await storage.query(`SELECT child_id FROM ${schema}.job_dependency`)).length;
      assert.equal(await pairs(), 5);
      await erase('a');
      assert.equal(await pairs(), 1);
      assert.equal((await control.list({ tenant: 'b' })).length, 3);
    } finally {
      await fixture.close();
    }
  });
});
