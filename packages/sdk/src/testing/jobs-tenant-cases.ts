import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobHandler, NewJob } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import { record, shutGate, type On } from './jobs-case.ts';
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
  ];
}
