// A request of the API beside plain Express: node bench/http/run.ts [--rounds 5] [--quick] [--check] [--no-streams]
// Prints ratios; writes results.md unless it was quick or partial.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess, type Remote } from '../agent/calls.ts';
import { barTable, isMet, median, table, type Bar } from '../agent/report.ts';
import { ask, load } from './load.ts';
import type { Served } from './subject.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
    'no-streams': { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const plan = values.quick
  ? { warm: 3000, slices: 6, requests: 1000, streams: 1000 }
  : { warm: 10_000, slices: 20, requests: 1000, streams: 10_000 };
const concurrency = 16;
const kinds = ['express', 'platform'] as const;
type Kind = (typeof kinds)[number];

/** CPU microseconds a request, and the milliseconds requests took, of every slice. */
const cpu: Record<Kind, number[]> = { express: [], platform: [] };
const times: Record<Kind, number[]> = { express: [], platform: [] };

async function measureRound(folder: string, round: number): Promise<void> {
  const ours = await startProcess(here('subject.ts'), ['platform'], {
    DATA_DIR: mkdtempSync(join(folder, 'platform-')),
  });
  const served = await ours.call<Served>('served');
  const { status, text } = await ask(served);
  if (status !== 200) throw new Error(`${status} ${text}`);
  const plain = await startProcess(here('subject.ts'), ['express'], { ANSWER: text });
  const subjects: Record<Kind, readonly [Remote, Served]> = {
    express: [plain, await plain.call<Served>('served')],
    platform: [ours, served],
  };
  for (const [, at] of Object.values(subjects)) await load(at, text, { concurrency, requests: plan.warm });
  for (let slice = 0; slice < plan.slices; slice++)
    for (const kind of (slice + round) % 2 ? kinds.toReversed() : kinds) {
      const [remote, at] = subjects[kind];
      const before = await remote.call<number>('cpu');
      times[kind].push(...(await load(at, text, { concurrency, requests: plan.requests })));
      cpu[kind].push(((await remote.call<number>('cpu')) - before) / plan.requests);
    }
  await Promise.all([ours.stop(), plain.stop()]);
}

/** Megabytes that the platform holds with so many streams open. */
async function measureStreams(folder: string): Promise<{ before: number; after: number }> {
  const ours = await startProcess(here('subject.ts'), ['platform'], {
    DATA_DIR: mkdtempSync(join(folder, 'streams-')),
  });
  const clients = await startProcess(here('streams.ts'), [], {});
  const served = await ours.call<Served>('served');
  const before = await ours.call<number>('resident');
  await clients.call('open', { served, count: plan.streams });
  const after = await ours.call<number>('resident');
  const alive = await clients.call<number>('alive');
  if (alive !== plan.streams) throw new Error(`only ${alive} of ${plan.streams} streams are open`);
  await Promise.all([clients.stop(), ours.stop()]);
  return { before, after };
}

function here(file: string): string {
  return join(import.meta.dirname, file);
}

const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-http-'));
const loads: number[] = [];
let streams: { before: number; after: number } | undefined;
try {
  for (let round = 0; round < rounds; round++) {
    await measureRound(folder, round);
    loads.push(loadavg()[0] ?? 0);
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
  }
  if (!values['no-streams']) streams = await measureStreams(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const ratio = median(cpu.platform.map((one, at) => one / (cpu.express[at] ?? NaN)));
const bars: Bar[] = [{ name: 'CPU of an authenticated GET', ratio, bar: 2.2 }];
const at = (numbers: readonly number[], share: number): string =>
  (numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length * share)] ?? NaN).toFixed(2);
const rows = kinds.map((kind) => [
  kind,
  median(cpu[kind]).toFixed(1),
  Math.min(...cpu[kind]).toFixed(1),
  at(times[kind], 0.5),
  at(times[kind], 0.99),
]);
const isLean = streams === undefined || streams.after <= 600;
const text = [
  '# A request of the API beside plain Express',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ` +
    `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. ${rounds} rounds of ${plan.slices} slices of ` +
    `${plan.requests} requests that alternate, ${concurrency} in flight, after ${plan.warm}. Read the ratios, not the numbers.`,
  barTable(bars),
  table(['', 'CPU µs a request', 'best', 'p50 ms', 'p99 ms'], rows),
  ...(streams
    ? [
        `${plan.streams.toLocaleString('en')} open event streams: ${streams.after.toFixed(0)} MB resident ` +
          `(${streams.before.toFixed(0)} MB before; at most 600), ` +
          `${(((streams.after - streams.before) / plan.streams) * 1024).toFixed(1)} KB each.`,
      ]
    : []),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (!values.quick && streams) writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
if (values.check && !(bars.every(isMet) && isLean)) process.exitCode = 1;
