import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobHandler, NewJob } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { isAgentFactoryError } from '../errors.ts';
import { jobIn, only, record, shutGate, type On } from './jobs-case.ts';
import { waitFor } from './wait-for.ts';

const of = (tenant: string, count: number): readonly NewJob[] =>
  Array.from({ length: count }, (_, n) => ({ queue: 'q', tenant, data: { n } }));

/** Limits for each tenant. */
export function tenantCases(on: On): ConformanceSuite {
  return [
    on('tells a handler whose job it is', async ({ jobs }) => {
      const recorder = record();
      await jobs.work('q', recorder.handler);
      await jobs.enqueue([...of('acme', 1), { queue: 'q', data: {} }]);
      await waitFor('both to be done', () => recorder.seen.length === 2);
      assert.deepEqual(recorder.seen.map(({ job }) => job.tenant).toSorted(), ['acme', 'default']);
    }),
    on('keeps a tenant to its number over all processes', async ({ jobs }, { open }) => {
      const now = new Map<string, number>();
      const most = new Map<string, number>();
      let done = 0;
      const handler: JobHandler = async ({ job: { tenant } }) => {
        const running = (now.get(tenant) ?? 0) + 1;
        now.set(tenant, running);
        most.set(tenant, Math.max(running, most.get(tenant) ?? 0));
        await sleep(15);
        now.set(tenant, running > 0 ? (now.get(tenant) ?? 1) - 1 : 0);
        done++;
      };
      const options = { concurrency: 5, perTenant: { concurrency: 2 } };
      await jobs.enqueue([...of('a', 16), ...of('b', 8)]);
      await jobs.work('q', handler, options);
      await (await open()).jobs.work('q', handler, options);
      await waitFor('all to be done', () => done === 24);
      assert.ok((most.get('a') ?? 0) <= 2 && (most.get('b') ?? 0) <= 2, JSON.stringify([...most]));
    }),
    on('does not let a tenant at its limit hold up others', async ({ jobs, control }) => {
      const gate = shutGate();
      await jobs.enqueue([...of('full', 50), ...of('other', 1)]);
      const recorder = record();
      await jobs.work(
        'q',
        (context) => (context.job.tenant === 'full' ? gate.handler(context) : recorder.handler(context)),
        { perTenant: { concurrency: 1 } },
      );
      await waitFor("the other tenant's job to be done", () => recorder.seen.length === 1);
      await sleep(100);
      assert.equal(gate.seen.length, 1);
      const active = await control.list({ tenant: 'full', state: 'active' });
      assert.equal(active.length, 1);
      gate.open();
      await waitFor('all to be done', () => gate.seen.length === 50);
    }),
    on('keeps order and priority within a tenant at its limit', async ({ jobs }) => {
      const recorder = record();
      await jobs.enqueue([...of('a', 3), { queue: 'q', tenant: 'a', data: { n: 'first' }, priority: 90 }]);
      await jobs.work('q', recorder.handler, { perTenant: { concurrency: 1 } });
      await waitFor('all to be done', () => recorder.seen.length === 4);
      assert.deepEqual(
        recorder.seen.map(({ job }) => job.data['n']),
        ['first', 0, 1, 2],
      );
    }),
    on('begins at most so many of a tenant in a time, over all processes', async ({ jobs }, { open }) => {
      const periodMs = 1000;
      const begun: number[] = [];
      const other = record();
      const handler: JobHandler = async (context) => {
        if (context.job.tenant === 'slow') begun.push(performance.now());
        else await other.handler(context);
      };
      const options = { perTenant: { rate: { count: 2, periodMs } } };
      await jobs.work('q', handler, options);
      await (await open()).jobs.work('q', handler, options);
      await jobs.enqueue([...of('slow', 6), ...of('other', 1)]);
      await waitFor("the other tenant's job to be done", () => other.seen.length === 1);
      await waitFor('all to be done', () => begun.length === 6, 30_000);
      const [first = 0] = begun;
      const [last = 0] = begun.slice(-1);
      // Two in the first period, two in the next: the last comes a whole period or more after the first.
      assert.ok(last - first >= periodMs - 100, `${last - first} ms`);
    }),
    on('erases the jobs of a tenant, in every state, and nothing of others', async ({ jobs, ...engine }) => {
      const gate = shutGate();
      const failing = record(async () => {
        throw new Error('no');
      });
      await jobs.work('q', gate.handler, { concurrency: 4 });
      await jobs.work('dies', failing.handler);
      const mine = (more: Omit<NewJob, 'tenant' | 'data'>): NewJob => ({ ...more, tenant: 'a', data: {} });
      const [active] = await jobs.enqueue([mine({ queue: 'q' })]);
      await waitFor('the job to be at work', () => gate.seen.length === 1);
      await jobs.enqueue([
        mine({ queue: 'later', dedupeKey: 'k' }),
        mine({ queue: 'later', delayMs: 60_000 }),
        mine({ queue: 'later', children: [mine({ queue: 'later' })] }),
      ]);
      const dead = only(await jobs.enqueue([mine({ queue: 'dies', attempts: 1 })]));
      await jobIn(engine.control, dead, 'dead');
      const waits = { queue: 'later', tenant: 'b', data: {}, children: [mine({ queue: 'later' })] };
      const [other = '', parent = ''] = await jobs.enqueue([{ queue: 'q', tenant: 'b', data: {} }, waits]);
      await waitFor('both to be at work', () => gate.seen.length === 2);
      for (const tenant of ['a', 'b'])
        await engine.schedules.set({
          name: `of-${tenant}`,
          everyMs: 60_000,
          job: { queue: 'later', tenant, data: {} },
        });

      await engine.erase('a');

      assert.deepEqual(await engine.control.list({ tenant: 'a' }), []);
      assert.equal(await engine.control.get(active ?? ''), undefined);
      assert.deepEqual(
        (await engine.schedules.list()).map(({ name }) => name),
        ['of-b'],
      );
      const signal = gate.seen.find(({ job }) => job.id === active)?.signal;
      await waitFor('the handler to be told', () => signal?.aborted);
      assert.ok(isAgentFactoryError(signal?.reason, 'AF_JOB_CANCELLED'), String(signal?.reason));
      assert.equal((await engine.control.get(parent))?.error?.code, 'AF_JOB_CHILD_FAILED');
      gate.open('done');
      assert.equal((await jobIn(engine.control, other, 'completed')).result, 'done');
      await engine.erase('a');
    }),
    on('begins no job of a tenant that was erased, and has room for its keys again', async (process) => {
      const { jobs, control, erase } = process;
      const waiting = of('a', 450).map((job, n) => ({ ...job, dedupeKey: `k${n}` }));
      const before = await jobs.enqueue([...waiting, ...of('b', 2)]);
      await erase('a');
      assert.deepEqual(await control.list({ tenant: 'a' }), []);
      const again = await jobs.enqueue([waiting[0] as NewJob]); // there is one
      assert.ok(!before.includes(only(again)));
      const recorder = record();
      await jobs.work('q', recorder.handler);
      await waitFor('the rest to be done', () => recorder.seen.length === 3);
      const left = [...before.slice(-2), ...again];
      assert.deepEqual(recorder.seen.map(({ job }) => job.id).sort(), left.toSorted());
    }),
  ];
}
