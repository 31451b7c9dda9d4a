import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultTenant, type Journal } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { bootPlatform, type Durability, type Engine } from './platform.ts';
import { rawPostgres, rawSqlite, type RawWriter } from './raw-writers.ts';
import { median, shown, table, type Bar, type Part } from './report.ts';
import { sampleAppends, type SampleAppend } from './sample-events.ts';

/** Runs that go on at the same time; each waits for its own appends. */
const atOnce = 256;
/** Appends of a run. */
const appends = 4;

type Runs = readonly (readonly SampleAppend[])[];

setFlagsFromString('--expose-gc');
/** Before each turn, so that none pays for the events that were made before it, nor for what the one before left. */
const collectGarbage = runInNewContext('gc') as () => void; // as the flag gives it

/** Rows of one transaction of the raw client: a usual batch, and as many as the journal's own transactions hold. */
const rawBatches = [100, 576] as const;

/** Appends of runs against plain inserts of the same events, on both engines and at both durabilities. */
export async function appendPart(
  engines: readonly Engine[],
  rounds: number,
  runsPerRound: number,
): Promise<Part> {
  const rows: string[][] = [];
  const bars: Bar[] = [];
  for (const engine of engines)
    for (const durability of ['os-buffered', 'fsync'] as const) {
      const rates = await measure(engine, durability, rounds, runsPerRound);
      const rate = (which: keyof Rates): string => shown(median(rates.map((each) => each[which])));
      const ratio = (which: keyof Rates): number => median(rates.map((each) => each.journal / each[which]));
      const raw = rawBatches.map((size) => `${rate(size)} (×${ratio(size).toFixed(2)})`);
      rows.push([`${engine}, ${durability}`, rate('journal'), ...raw]);
      const what = `appends, ${engine}, ${durability}, × raw insert in batches of ${rawBatches[0]}`;
      bars.push({ what, least: 0.5, measured: ratio(rawBatches[0]) });
    }
  const text = [
    '## Appends',
    `Events a second, and how many times the raw rate ours is. The journal: ${atOnce} runs at once, each of nine events in ${appends} appends that are waited for, under a lease, with hashes, and with the run kept up to date beside its events. Raw: the same rows of events, their data serialised and a text in place of the hash, inserted by one prepared statement into a table with the same key, and nothing else; in transactions of ${rawBatches[0]} events, and of ${rawBatches[1]}, which is what the journal's hold.`,
    table(['', 'journal', ...rawBatches.map((size) => `raw, ${size} at a time`)], rows),
  ];
  return { text: text.join('\n\n'), bars };
}

type Rates = Record<'journal' | (typeof rawBatches)[number], number>;

async function measure(
  engine: Engine,
  durability: Durability,
  rounds: number,
  count: number,
): Promise<readonly Rates[]> {
  const platform = await bootPlatform(engine, durability);
  const raw = engine === 'sqlite' ? rawSqlite(platform, durability) : await rawPostgres(platform, durability);
  const found: Rates[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const runs = Array.from({ length: count }, (_, index) =>
        sampleAppends(`run-${String(round * count + index).padStart(9, '0')}`, 1_790_000_000_000 + index),
      );
      const rates: Rates = { journal: 0, 100: 0, 576: 0 };
      const all = [
        async () => (rates.journal = await rate(runs, () => appendAll(platform.journal, runs))),
        ...rawBatches.map((size) => async () => {
          await raw.clear();
          rates[size] = await rate(runs, () => insertAll(raw, runs, size));
        }),
      ];
      for (const each of round % 2 === 0 ? all : all.toReversed()) {
        collectGarbage();
        await each();
      }
      // The first one warms up.
      if (round > 0) found.push(rates);
    }
  } finally {
    await raw.close();
    await platform.close();
  }
  return found;
}

/** Events a second. */
async function rate(runs: Runs, work: () => Promise<void>): Promise<number> {
  const events = runs.reduce((sum, run) => sum + run.reduce((some, each) => some + each.events.length, 0), 0);
  const begun = performance.now();
  await work();
  return (events * 1000) / (performance.now() - begun);
}

async function appendAll(journal: Journal, runs: Runs): Promise<void> {
  const own = journal.tenant(defaultTenant);
  const lease = { owner: 'bench', fence: 1, ttlMs: 30_000 };
  let next = 0;
  const work = async (): Promise<void> => {
    for (let run = runs[next++]; run !== undefined; run = runs[next++])
      for (const { events, run: after } of run) await own.append(events, after, lease);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** In the journal's order: the first append of as many runs as go on at once, then their second, and so on. */
async function insertAll(raw: RawWriter, runs: Runs, size: number): Promise<void> {
  const events: RunEvent[] = [];
  for (let start = 0; start < runs.length; start += atOnce)
    for (let step = 0; step < appends; step++)
      for (const run of runs.slice(start, start + atOnce)) events.push(...(run[step]?.events ?? []));
  for (let start = 0; start < events.length; start += size)
    await raw.insert(events.slice(start, start + size));
}
