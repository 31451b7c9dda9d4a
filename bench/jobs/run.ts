// Jobs beside bare queues: node bench/jobs/run.ts [--quick [--write]] [--only local|bullmq|pgboss] [--check] [--rounds n]
// Prints ratios; a whole run writes results.md, a quick one only when told to with --write.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { freshPostgres, startRedis } from '@agent-factory/test-servers';
import type { Figures, Plan } from './measure.ts';
import type { Places } from './queue-subject.ts';
import { barTable, isMet, median, table, type Bar } from './report.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
const plan: Plan = values.quick
  ? { warm: 500, enqueue: 4000, process: 6000, latency: 100 }
  : { warm: 1000, enqueue: 10_000, process: 20_000, latency: 300 };
/** pg-boss does about a tenth as many. */
const slowPlan: Plan = { ...plan, enqueue: plan.enqueue / 5, process: plan.process / 5 };

interface Group {
  readonly name: string;
  readonly base: string;
  readonly subjects: readonly string[];
  readonly plan: Plan;
  /** Of the base, for the first subject: at least this much. */
  readonly bar?: number;
}
const all: readonly Group[] = [
  { name: 'local', base: 'raw-sqlite', subjects: ['jobs-local', 'jobs-local-postgres'], plan, bar: 0.5 },
  { name: 'bullmq', base: 'bare-bullmq', subjects: ['jobs-bullmq', 'jobs-bullmq-sqlite'], plan, bar: 0.8 },
  { name: 'pgboss', base: 'bare-pgboss', subjects: ['jobs-pgboss'], plan: slowPlan },
];
const groups = all.filter(({ name }) => values.only === undefined || values.only === name);
if (groups.length === 0)
  throw new Error(`There is no ${values.only}; there are ${all.map(({ name }) => name).join(', ')}.`);

const measured = new Map<string, Figures[]>();
const loads: number[] = [];

/** Measures a subject once, in a process and with servers of its own. */
async function measure(subject: string, wanted: Plan): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-'));
  const postgres = /postgres|pgboss|^jobs-bullmq$/.test(subject) ? await freshPostgres() : undefined;
  const redis = subject.includes('bullmq') ? await startRedis({ appendonly: 'everysec' }) : undefined;
  try {
    const places: Places = { folder, postgres: postgres?.url ?? '', redis: redis?.url ?? '' };
    const script = join(import.meta.dirname, 'measure.ts');
    const args = [
      '--conditions=@agent-factory/source',
      script,
      subject,
      JSON.stringify(places),
      JSON.stringify(wanted),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (code !== 0) throw new Error(`${subject} ended with code ${code}.`);
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Figures; // printed by measure.ts
  } finally {
    await redis?.stop();
    await postgres?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (let round = 0; round < rounds; round++) {
  for (const { base, subjects, plan: wanted } of groups) {
    for (const subject of round % 2 ? [...subjects, base].toReversed() : [base, ...subjects])
      measured.set(subject, [...(measured.get(subject) ?? []), await measure(subject, wanted)]);
  }
  loads.push(loadavg()[0] ?? 0);
  process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
}

const list = (subject: string, key: keyof Figures): number[] =>
  (measured.get(subject) ?? []).map((figures) => figures[key]);
/** The median of the ratios of measurements that were made one after the other. */
const ratio = (subject: string, base: string, key: keyof Figures): number => {
  const bases = list(base, key);
  return median(list(subject, key).map((one, at) => one / (bases[at] ?? NaN)));
};

const bars: Bar[] = groups.flatMap(({ base, subjects: [subject = ''], bar }) =>
  bar === undefined
    ? []
    : (['enqueuePerSecond', 'processPerSecond'] as const).map((key) => ({
        name: `${subject}: ${key === 'enqueuePerSecond' ? 'enqueue' : 'process'}, beside ${base}`,
        value: ratio(subject, base, key),
        bar,
        atLeast: true,
        unit: '×' as const,
      })),
);
for (const {
  name,
  subjects: [subject = ''],
} of groups)
  if (name === 'local')
    bars.push({
      name: `${subject}: latency p50 when idle`,
      value: median(list(subject, 'latencyP50')),
      bar: 5,
      atLeast: false,
      unit: 'ms',
    });

const rows = groups.flatMap(({ base, subjects }) =>
  [base, ...subjects].map((subject) => [
    subject,
    ...(['enqueuePerSecond', 'processPerSecond'] as const).flatMap((key) => [
      median(list(subject, key)).toFixed(0),
      subject === base ? '' : `${ratio(subject, base, key).toFixed(2)}×`,
    ]),
    median(list(subject, 'enqueueCpuMicros')).toFixed(0),
    median(list(subject, 'processCpuMicros')).toFixed(0),
    median(list(subject, 'latencyP50')).toFixed(2),
    median(list(subject, 'latencyP99')).toFixed(2),
  ]),
);
const head = ['', 'enqueue/s', '', 'process/s', '', 'CPU µs, enqueue', 'CPU µs, process', 'p50 ms', 'p99 ms'];
const result = [
  '# Jobs beside bare queues',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ` +
    `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. Medians of ${rounds} rounds that alternate; ` +
    'CPU of the measured process alone, for each job. Read the ratios, not the numbers.',
  `## Bars\n\n${barTable(bars)}`,
  `## Figures\n\n${table(head, rows)}`,
].join('\n\n');
process.stdout.write(`${result}\n`);
if (values.only === undefined && (values.write || !values.quick))
  writeFileSync(join(import.meta.dirname, 'results.md'), `${result}\n`);
if (values.check && !bars.every(isMet)) process.exitCode = 1;
