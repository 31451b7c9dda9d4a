// Isolated plugins beside a direct call and bare peers, in one run: node bench/isolation/run.ts [--quick] [--write] [--check]
// Every peer takes its turn in each round; wall time, for two processes share the work. Needs a quiet machine.
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JsonObject } from '@agent-factory/sdk';
import { median, table } from '../agent/report.ts';
import { measureSiege } from './neighbours.ts';
import { childPeer, direct, offered, pluginPeer, vm2Peer, workerPeer, type Peer } from './peers.ts';
import { measureStarts } from './starts.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
  },
});
const [rounds, budgetMs, plugins, siegeMs] = values.quick ? [3, 60, 5, 250] : [7, 250, 50, 1000];
const inputs: Readonly<Record<string, JsonObject>> = {
  '100 B': { city: 'Oslo', days: [1, 2, 3], note: 'x'.repeat(60) },
  '10 kB': {
    rows: Array.from({ length: 100 }, (_, id) => ({ id, name: `row ${id}`, text: 'y'.repeat(64) })),
  },
};
const inFlight = 64;
const began = loadavg()[0] ?? 0;

/** Microseconds for one call, with so many under way. */
async function time(peer: Peer, input: JsonObject, width: number): Promise<number> {
  let calls = 0;
  const start = performance.now();
  do {
    if (width === 1) await peer.call(input);
    else await Promise.all(Array.from({ length: width }, () => peer.call(input)));
    calls += width;
  } while (performance.now() - start < budgetMs);
  return ((performance.now() - start) * 1000) / calls;
}

const { levels, missing } = await offered();
const peers: Peer[] = [direct, vm2Peer(), workerPeer(), childPeer(), await pluginPeer('trusted')];
for (const level of levels) peers.push(await pluginPeer(level));
const cases = [
  ...Object.entries(inputs).map(([name, input]) => ({ name, input, width: 1 })),
  { name: `100 B, ${inFlight} in flight`, input: inputs['100 B'] ?? {}, width: inFlight },
];
const seen = new Map<string, number[]>();
for (let round = 0; round <= rounds; round++)
  for (const { name, input, width } of cases)
    for (const peer of peers) {
      const us = await time(peer, input, width);
      // The first round warms up.
      if (round > 0) seen.set(`${peer.name}, ${name}`, [...(seen.get(`${peer.name}, ${name}`) ?? []), us]);
    }
for (const peer of peers) await peer.close();
const of = (peer: string, name: string): number => median(seen.get(`${peer}, ${name}`) ?? []);

const starts = new Map<string, Awaited<ReturnType<typeof measureStarts>>>();
for (const level of levels) starts.set(level, await measureStarts(level, plugins));
const highest = levels.at(-1);
const sieges = [];
for (const attack of ['loop', 'heap', 'buffers', 'logs', 'abort'])
  if (highest) sieges.push(await measureSiege(highest, attack, siegeMs));

interface Measured {
  readonly name: string;
  readonly value: number;
  readonly most: number;
  readonly unit: string;
}
const start = starts.get(highest ?? '');
const top = `plugin at ${highest}`;
// What a bare child took where the bars in µs were set: a machine that is slower for it is slower for all.
const [bareUs, bareInFlightUs] = [27, 6];
const bare = (name: string): number => of('child process, lines', name);
const measured: Measured[] = [
  {
    name: `100 B at ${highest}, more than direct`,
    value: of(top, '100 B') - of(direct.name, '100 B'),
    most: 45,
    unit: 'µs',
  },
  {
    name: `the same where a bare child takes ${bareUs} µs`,
    value: ((of(top, '100 B') - of(direct.name, '100 B')) * bareUs) / bare('100 B'),
    most: 45,
    unit: 'µs',
  },
  {
    name: `10 kB at ${highest}, × direct`,
    value: of(top, '10 kB') / of(direct.name, '10 kB'),
    most: 3.2,
    unit: '×',
  },
  {
    name: 'a call at L1, 64 in flight',
    value: of('plugin at L1', cases[2]?.name ?? ''),
    most: 10,
    unit: 'µs',
  },
  {
    name: `the same where a bare child takes ${bareInFlightUs} µs`,
    value: (of('plugin at L1', cases[2]?.name ?? '') * bareInFlightUs) / bare(cases[2]?.name ?? ''),
    most: 10,
    unit: 'µs',
  },
  { name: `start at ${highest}`, value: start?.coldMs ?? NaN, most: 200, unit: 'ms' },
  { name: `start at ${highest}, a process ready`, value: start?.warmMs ?? NaN, most: 20, unit: 'ms' },
  { name: `memory each of ${plugins} at ${highest}`, value: start?.mibEach ?? NaN, most: 18, unit: 'MiB' },
  {
    name: 'lag of the event loop under attack, p99',
    value: Math.max(...sieges.map(({ lagMs }) => lagMs)),
    most: 50,
    unit: 'ms',
  },
  {
    name: "another plugin's p99 under attack",
    value: Math.max(...sieges.map(({ p99Ms, quietMs }) => p99Ms / quietMs)),
    most: 1.2,
    unit: '×',
  },
];
const isMet = ({ value, most }: Measured): boolean => value <= most;
const text = [
  '# Isolation',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}; load at the start ${began.toFixed(1)}. ` +
    `Wall time, medians of ${rounds} rounds in which all took turns. Read the ratios, not the numbers.${missing.map((one) => `\n\nNot to be had here: ${one}`).join('')}`,
  `## Bars\n\n${table(
    ['', 'measured', 'bar', 'met'],
    measured.map((one) => [
      one.name,
      `${one.value.toFixed(1)} ${one.unit}`,
      `≤ ${one.most} ${one.unit}`,
      isMet(one) ? 'yes' : '**no**',
    ]),
  )}`,
  `## Microseconds for a call\n\n${table(
    ['', ...cases.flatMap(({ name }) => [name, '× direct'])],
    peers.map((peer) => [
      peer.name,
      ...cases.flatMap(({ name }) => [
        of(peer.name, name).toFixed(1),
        (of(peer.name, name) / of(direct.name, name)).toFixed(1),
      ]),
    ]),
  )}`,
  `## Starting\n\n${table(
    ['', 'cold, ms', 'a process ready, ms', `MiB each of ${plugins}`],
    [...starts].map(([level, one]) => [
      level,
      one.coldMs.toFixed(0),
      one.warmMs.toFixed(0),
      one.mibEach.toFixed(1),
    ]),
  )}\n\nFrom reading a plugin's code to the end of its setup, bundling included; memory is PSS of all its processes.`,
  `## Beside a hostile plugin, at ${highest}\n\n${table(
    ['attack', 'lag p99, ms', "other's p99, ms", 'before, ms', '×', 'platform grew, MiB', 'blamed'],
    sieges.map((one) => [
      one.attack,
      one.lagMs.toFixed(1),
      one.p99Ms.toFixed(2),
      one.quietMs.toFixed(2),
      (one.p99Ms / one.quietMs).toFixed(2),
      one.grownMib.toFixed(1),
      one.blamed,
    ]),
  )}\n\nBy turns, alone and beside it: all calls of twelve rounds, on three platforms.`,
  '',
].join('\n\n');
console.log(text);
if (values.write) writeFileSync(join(import.meta.dirname, 'results.md'), `${text.trimEnd()}\n`);
if (values.check && !measured.every(isMet)) process.exitCode = 1;
