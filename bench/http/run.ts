// A request of the API beside plain Express, and what open event streams hold:
// node bench/http/run.ts [--rounds 5] [--quick] [--check] [--no-streams]
// Prints ratios; writes results.md unless it was quick or partial. With 0 rounds, streams alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startProcess, type Remote } from '../agent/calls.ts';
import { barTable, isMet, median, table, type Bar } from '../agent/report.ts';
import { ask, load } from './load.ts';
import { measureStreams, whyTooMany, type StreamsHeld } from './measure-streams.ts';
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
  ? { warm: 3000, slices: 6, requests: 1000, steady: { perSecond: 200, requests: 1000 } }
  : { warm: 10_000, slices: 20, requests: 1000, steady: { perSecond: 200, requests: 4000 } };
const concurrency = 16;
const streams = 10_000;
/** Megabytes that the platform may have held at any time, with all streams open and under load. */
const mostMegabytes = 600;
const kinds = ['express', 'platform'] as const;
type Kind = (typeof kinds)[number];

/** Of every slice: CPU microseconds a request, the milliseconds requests took, and answers a second. */
const cpu: Record<Kind, number[]> = { express: [], platform: [] };
const times: Record<Kind, number[]> = { express: [], platform: [] };
const answered: Record<Kind, number[]> = { express: [], platform: [] };

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
      const began = performance.now();
      times[kind].push(...(await load(at, text, { concurrency, requests: plan.requests })));
      answered[kind].push((plan.requests * 1000) / (performance.now() - began));
      cpu[kind].push(((await remote.call<number>('cpu')) - before) / plan.requests);
    }
  await Promise.all([ours.stop(), plain.stop()]);
}

function here(file: string): string {
  return join(import.meta.dirname, file);
}

const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-http-'));
const loads: number[] = [];
let held: Record<'bare' | 'platform', StreamsHeld> | undefined;
try {
  const tooMany = values['no-streams'] ? undefined : whyTooMany(streams);
  if (tooMany !== undefined) throw new Error(tooMany);
  for (let round = 0; round < rounds; round++) {
    await measureRound(folder, round);
    loads.push(loadavg()[0] ?? 0);
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
  }
  if (!values['no-streams'])
    held = {
      bare: await measureStreams('streams', folder, streams),
      platform: await measureStreams('platform', folder, streams, plan.steady),
    };
  loads.push(loadavg()[0] ?? 0);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const at = (numbers: readonly number[], share: number): string =>
  (numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length * share)] ?? NaN).toFixed(2);
const latencies: string[][] = [];
const addLatency = (who: string, under: string, of: readonly number[]): void => {
  latencies.push([who, under, at(of, 0.5), at(of, 0.99)]);
};
const sections = [
  '# A request of the API beside plain Express',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ` +
    `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. ${rounds} rounds of ${plan.slices} slices of ` +
    `${plan.requests} requests that alternate, ${concurrency} in flight, after ${plan.warm}. Read the ratios, not the numbers.`,
];
let areMet = true;
if (rounds > 0) {
  const ratio = median(cpu.platform.map((one, at) => one / (cpu.express[at] ?? NaN)));
  const bars: Bar[] = [{ name: 'CPU of an authenticated GET', ratio, bar: 2.2 }];
  areMet &&= bars.every(isMet);
  const rows = kinds.map((kind) => [kind, median(cpu[kind]).toFixed(1), Math.min(...cpu[kind]).toFixed(1)]);
  sections.push(barTable(bars), table(['', 'CPU µs a request', 'best'], rows));
  for (const kind of kinds)
    addLatency(kind, `${concurrency} in flight: ${median(answered[kind]).toFixed(0)} a second`, times[kind]);
}
if (held) {
  const { bare, platform } = held;
  const { before, after, highest } = platform;
  areMet &&= highest <= mostMegabytes;
  const steady = `${plan.steady.perSecond} a second, answered or not`;
  addLatency('platform', `${steady}; no streams`, platform.times?.alone ?? []);
  addLatency('platform', `${steady}; ${streams.toLocaleString('en')} streams`, platform.times?.beside ?? []);
  const each = (one: StreamsHeld): string => (((one.after - one.before) / streams) * 1024).toFixed(1);
  sections.push(
    `${streams.toLocaleString('en')} open event streams: ${highest.toFixed(0)} MB resident at most, ` +
      `${highest <= mostMegabytes ? '' : '**not** '}within ${mostMegabytes}; ${after.toFixed(0)} MB after a collection, ` +
      `${before.toFixed(0)} MB before the first. ${each(platform)} KB each; ${each(bare)} KB as Node alone holds them.`,
  );
}
sections.push(table(['of a GET', 'load', 'p50 ms', 'p99 ms'], latencies));
const text = sections.join('\n\n');
process.stdout.write(`${text}\n`);
if (!values.quick && rounds > 0 && held) writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
if (values.check && !areMet) process.exitCode = 1;
