import assert from 'node:assert/strict';
import type { JobQuery, JobSchedule, NewJob, WorkOptions } from '../contracts/jobs.ts';
import type { ConformanceSuite } from './conformance.ts';
import type { On } from './jobs-case.ts';
import { rejectsWith } from './rejects-with.ts';

/** A list that holds itself. */
function endless(): readonly unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

/** Values that no engine may accept, by field. */
const badJobs: Readonly<Record<string, readonly unknown[]>> = {
  queue: ['', 'Upper', 'a b', 'ä', 'x'.repeat(65), '-a', 'a/b', 'a:b', undefined, null, 7],
  data: [
    undefined,
    null,
    'text',
    7,
    [],
    { a: undefined },
    { a: 1n },
    { a: NaN },
    { a: new Date(0) },
    { a: () => 1 },
    { a: endless() },
    { a: 'x'.repeat(256 * 1024) },
    { a: 'é'.repeat(128 * 1024) },
  ],
  tenant: ['', 'Acme', 'a_b', '-a', 'x'.repeat(64), null, 7],
  dedupeKey: ['', 'x'.repeat(201), 'a\0b', '\ud800', null, 7],
  priority: [-1, 101, 1.5, NaN, '50', null],
  delayMs: [-1, 0.5, NaN, Infinity, 2 ** 40, '10', null],
  attempts: [0, -1, 1.5, NaN, 1001, Infinity, null],
  backoff: [
    null,
    'fixed',
    {},
    { kind: 'linear' },
    { kind: 'fixed', delayMs: -1 },
    { kind: 'fixed', delayMs: NaN },
    { kind: 'exponential', maxMs: -1 },
    { kind: 'exponential', maxMs: 0.5 },
  ],
  children: [
    null,
    {},
    [null],
    [{ queue: 'Q', data: {} }],
    [{ queue: 'q', data: {}, dedupeKey: 'k' }],
    Array.from({ length: 1001 }, () => ({ queue: 'q', data: {} })),
  ],
};

const badSchedules: readonly Readonly<Record<string, unknown>>[] = [
  { name: '' },
  { name: 'x'.repeat(101) },
  { name: 7 },
  { everyMs: undefined },
  { everyMs: 999 },
  { everyMs: 1000.5 },
  { everyMs: NaN },
  { everyMs: '1000' },
  { cron: '* * * * *' },
  { timeZone: 'Europe/Berlin' },
  ...[
    '',
    '*',
    '* * * *',
    '* * * * * *',
    '61 * * * *',
    '* 25 * * *',
    '* * 0 * *',
    '* * * 13 *',
    'a b c d e',
    '*/0 * * * *',
    7,
  ].map((cron) => ({ everyMs: undefined, cron })),
  { everyMs: undefined, cron: '* * * * *', timeZone: 'Mars/Olympus' },
  { everyMs: undefined, cron: '* * * * *', timeZone: '' },
  { job: undefined },
  { job: { queue: 'Q', data: {} } },
  { job: { queue: 'q', data: [] } },
  { job: { queue: 'q', data: {}, delayMs: 5 } },
  { job: { queue: 'q', data: {}, dedupeKey: 'k' } },
  { job: { queue: 'q', data: {}, children: [] } },
];

/** What is refused, and how. */
export function inputCases(on: On): ConformanceSuite {
  return [
    ...Object.entries(badJobs).map(([field, values]) =>
      on(`refuses a job whose ${field} is wrong, and those with it`, async ({ jobs, control, storage }) => {
        const good: NewJob = { queue: 'q', data: {} };
        for (const value of values) {
          // What the types forbid is what this case is about.
          const bad = { ...good, [field]: value } as unknown as NewJob;
          const error = await rejectsWith(jobs.enqueue([good, bad]), 'AF_JOB_INVALID');
          assert.equal(error.status, 400);
          await rejectsWith(jobs.enqueue([{ ...good, children: [bad] }]), 'AF_JOB_INVALID');
        }
        const [value] = values;
        const bad = { ...good, [field]: value } as unknown as NewJob;
        await storage.transaction((tx) => rejectsWith(jobs.enqueue([good, bad], { tx }), 'AF_JOB_INVALID'));
        assert.deepEqual(await control.list(), []);
      }),
    ),
    on('refuses a worker that cannot be', async ({ jobs }) => {
      const bad: readonly unknown[] = [
        { concurrency: 0 },
        { concurrency: 1.5 },
        { concurrency: NaN },
        { perTenant: { concurrency: 0 } },
        { perTenant: { concurrency: '1' } },
        { perTenant: { rate: { count: 0, periodMs: 1000 } } },
        { perTenant: { rate: { count: 1, periodMs: 0 } } },
        { perTenant: { rate: { count: 1, periodMs: NaN } } },
      ];
      for (const options of bad)
        await rejectsWith(
          jobs.work('q', async () => undefined, options as WorkOptions),
          'AF_JOB_WORKER_INVALID',
        );
      for (const queue of ['', 'Q', 'a b'])
        await rejectsWith(
          jobs.work(queue, async () => undefined),
          'AF_JOB_WORKER_INVALID',
        );
      await jobs.work('q', async () => undefined);
    }),
    on('refuses a question it cannot answer', async ({ control }) => {
      const bad: readonly unknown[] = [
        { limit: 0 },
        { limit: 201 },
        { limit: 1.5 },
        { limit: NaN },
        { queue: 'Q' },
        { tenant: "x' OR 1=1 --" },
        { state: 'done' },
        { before: '' },
        { before: 7 },
      ];
      for (const query of bad) await rejectsWith(control.list(query as JobQuery), 'AF_JOB_QUERY_INVALID');
      for (const queue of ['', 'Q']) {
        await rejectsWith(control.pause(queue), 'AF_JOB_QUERY_INVALID');
        await rejectsWith(control.resume(queue), 'AF_JOB_QUERY_INVALID');
      }
    }),
    on('refuses a schedule that is wrong', async ({ schedules }) => {
      const good: JobSchedule = { name: 's', everyMs: 1000, job: { queue: 'q', data: {} } };
      for (const change of badSchedules) {
        const { everyMs, ...rest } = { ...good, ...change };
        // What the types forbid is what this case is about.
        const bad = (everyMs === undefined ? rest : { ...rest, everyMs }) as unknown as JobSchedule;
        const error = await rejectsWith(schedules.set(bad), 'AF_JOB_SCHEDULE_INVALID');
        assert.equal(error.status, 400);
      }
      assert.deepEqual(await schedules.list(), []);
    }),
  ];
}
