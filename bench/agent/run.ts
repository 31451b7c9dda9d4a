// An agent run beside a bare loop: node bench/agent/run.ts [--quick] [--check] [--no-cold]
// Prints ratios; writes results.md unless it was quick or partial. The build must be there for the cold start.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess, type Remote } from './calls.ts';
import { coldStart } from './cold-start.ts';
import { concurrencies, measureSlices, startSubject } from './measure.ts';
import { barTable, isMet, median, table, type Bar } from './report.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
    'no-cold': { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const plan = values.quick
  ? { warmRuns: 1000, sliceRuns: 200, slices: 3, kept: 200, colds: 3 }
  : { warmRuns: 2500, sliceRuns: 100, slices: 16, kept: 1500, colds: 4 };
const pairs = [
  { name: 'in the process', base: 'bare', ours: 'platform', bar: 1.6 },
  { name: 'with everything on', base: 'bare', ours: 'platform-full', bar: 2 },
  { name: 'streamed, with everything on', base: 'bare-stream', ours: 'platform-stream', bar: 2 },
  { name: 'over HTTP', base: 'bare-http', ours: 'platform-http', bar: 2.5 },
];

/** CPU milliseconds for each run of every slice, by `kind concurrency`. */
const cpu = new Map<string, number[]>();
const colds = { express: [] as number[], platform: [] as number[] };
const kept = new Map<string, number>();
const loads: number[] = [];

async function measureRound(fake: Remote, round: number): Promise<void> {
  const names = new Set(pairs.flatMap(({ base, ours }) => [base, ours]));
  const kinds = round % 2 ? [...names].reverse() : [...names];
  const subjects = await Promise.all(kinds.map((kind) => startSubject(kind, fake)));
  await measureSlices(subjects, plan, cpu);
  if (round === 0) for (const subject of subjects) kept.set(subject.kind, await subject.heapKept(plan.kept));
  for (const subject of subjects) await subject.end();
  loads.push(loadavg()[0] ?? 0);
}

async function measureColds(fake: Remote): Promise<void> {
  if (!existsSync(join(import.meta.dirname, '../../packages/cli/dist/main.js'))) {
    throw new Error('The cold start is measured on built packages: npm run build first.');
  }
  const modelUrl = await fake.call<string>('url');
  const cache = mkdtempSync(join(tmpdir(), 'agent-factory-cache-'));
  const kinds = ['express', 'platform'] as const;
  for (const kind of kinds) await coldStart(kind, modelUrl, cache); // fills the compile cache
  for (let at = 0; at < plan.colds * rounds; at++) {
    for (const kind of at % 2 ? [...kinds].reverse() : kinds)
      colds[kind].push(await coldStart(kind, modelUrl, cache));
  }
  rmSync(cache, { recursive: true, force: true });
}

const fake = await startProcess('fake-server.ts', [], {});
try {
  for (let round = 0; round < rounds; round++) {
    await measureRound(fake, round);
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
  }
  if (!values['no-cold']) await measureColds(fake);
} finally {
  await fake.stop();
}

/** The median of the ratios of slices that were measured one after the other. */
const ratio = (ours: readonly number[], base: readonly number[]): number =>
  median(ours.map((one, at) => one / (base[at] ?? NaN)));
const of = (kind: string, concurrency: number): number[] => cpu.get(`${kind} ${concurrency}`) ?? [];

const bars: Bar[] = pairs.flatMap(({ name, base, ours, bar }) =>
  concurrencies.map((concurrency) => ({
    name: `CPU of a run ${name}, concurrency ${concurrency}`,
    ratio: ratio(of(ours, concurrency), of(base, concurrency)),
    bar,
  })),
);
if (!values['no-cold']) {
  const name = 'cold start to the first answer';
  bars.push({ name, ratio: ratio(colds.platform, colds.express), bar: 1.5 });
}
const range = (list: readonly number[]): string =>
  `${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)}`;
const cpuRows = [...kept.keys()].map((kind) => [
  kind,
  ...concurrencies.flatMap((one) => [median(of(kind, one)).toFixed(3), range(of(kind, one))]),
  (kept.get(kind) ?? NaN).toFixed(0),
]);
const coldRows = Object.entries(colds).map(([kind, list]) => [
  kind,
  median(list).toFixed(0),
  Math.min(...list).toFixed(0),
]);
const text = [
  '# An agent run beside a bare loop',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ` +
    `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. One agent, one tool, two model turns; CPU ` +
    `time of the measured process after ${plan.warmRuns} runs, medians of ${rounds} rounds of ${plan.slices} slices of ` +
    `${plan.sliceRuns} runs that alternate. Read the ratios, not the numbers.`,
  `## Bars\n\n${barTable(bars)}`,
  `## CPU milliseconds for each run, and bytes of heap kept for each run\n\n${table(
    ['', ...concurrencies.flatMap((one) => [`concurrency ${one}`, 'range']), 'heap kept'],
    cpuRows,
  )}`,
  ...(values['no-cold']
    ? []
    : [
        `## Milliseconds from process start to the first answer over HTTP\n\n${table(['', 'median', 'best'], coldRows)}`,
      ]),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (!values.quick && !values['no-cold']) writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
if (values.check && !bars.every(isMet)) process.exitCode = 1;
