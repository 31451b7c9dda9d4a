// One measured process: node measure.ts <subject> <places as JSON> <plan as JSON>. Prints its figures as one line of JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { bareBullmq } from './bare-bullmq.ts';
import { barePgboss } from './bare-pgboss.ts';
import {
  bullmqJobs,
  bullmqJobsOnSqlite,
  localJobs,
  localJobsOnPostgres,
  pgbossJobs,
} from './platform-jobs.ts';
import type { Load, OpenSubject, Places } from './queue-subject.ts';
import { rawSqlite } from './raw-sqlite.ts';

/** How much is measured. */
export interface Plan {
  readonly warm: number;
  readonly enqueue: number;
  readonly process: number;
  readonly latency: number;
}

/** What was measured. */
export interface Figures {
  /** Jobs accepted in a second, 50 calls at once. */
  readonly enqueuePerSecond: number;
  readonly enqueueCpuMicros: number;
  /** Jobs done in a second, 10 at once, from a backlog. */
  readonly processPerSecond: number;
  readonly processCpuMicros: number;
  /** Milliseconds from add to handler at 100 jobs a second. */
  readonly latencyP50: number;
  readonly latencyP99: number;
}

const subjects: Readonly<Record<string, OpenSubject>> = {
  'raw-sqlite': rawSqlite,
  'jobs-local': localJobs,
  'jobs-local-postgres': localJobsOnPostgres,
  'bare-bullmq': bareBullmq,
  'jobs-bullmq': bullmqJobs,
  'jobs-bullmq-sqlite': bullmqJobsOnSqlite,
  'bare-pgboss': barePgboss,
  'jobs-pgboss': pgbossJobs,
};
const [, , name = '', placesText = '{}', planText = '{}'] = process.argv;
const places = JSON.parse(placesText) as Places; // given by run.ts
const plan = JSON.parse(planText) as Plan; // given by run.ts
const open = subjects[name];
if (!open) throw new Error(`There is no subject ${name}; there are ${Object.keys(subjects).join(', ')}.`);

let added = 0;
let done = 0;
let waitedFor = Infinity;
let reached = (): void => {};
let latencies: number[] = [];

const load = (): Load => ({ n: added++, at: performance.now() });
const doneUpTo = async (count: number): Promise<void> => {
  if (done >= count) return;
  await new Promise<void>((resolve) => {
    waitedFor = count;
    reached = resolve;
  });
};
const handler = async ({ n, at }: Load): Promise<number> => {
  latencies.push(performance.now() - at);
  if (++done >= waitedFor) reached();
  return n;
};

/** Seconds, and microseconds of CPU of this process, that some work takes. */
async function timed(work: () => Promise<unknown>): Promise<{ seconds: number; micros: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, micros: user + system };
}

const queue = await open(places);
const addSome = async (count: number): Promise<void> => {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await queue.addOne(load());
  };
  await Promise.all(Array.from({ length: 50 }, lane));
};

await addSome(plan.warm);
const enqueue = await timed(() => addSome(plan.enqueue));
for (let left = plan.process - plan.enqueue; left > 0; left -= 500)
  await queue.addMany(Array.from({ length: Math.min(left, 500) }, load));
const backlog = added;
await queue.work(handler, 10);
await doneUpTo(Math.min(plan.warm, backlog));
const before = done;
const processed = await timed(() => doneUpTo(backlog));
const inTime = backlog - before;

await sleep(500);
latencies = [];
for (let n = 0; n < plan.latency; n++) {
  void queue.addOne(load());
  await sleep(10);
}
await doneUpTo(added);
const sorted = latencies.toSorted((a, b) => a - b);
// What a handler gave is written a moment later.
for (let tries = 0; (await queue.completed()) !== added; tries++) {
  if (tries === 100) throw new Error(`${name}: ${await queue.completed()} of ${added} jobs are completed.`);
  await sleep(50);
}
if (done !== added) throw new Error(`${name}: ${added} jobs were added, and ${done} done.`);
await queue.close();

const figures: Figures = {
  enqueuePerSecond: plan.enqueue / enqueue.seconds,
  enqueueCpuMicros: enqueue.micros / plan.enqueue,
  processPerSecond: inTime / processed.seconds,
  processCpuMicros: processed.micros / inTime,
  latencyP50: sorted[Math.floor(sorted.length * 0.5)] ?? NaN,
  latencyP99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
};
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
