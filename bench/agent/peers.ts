// An agent run beside those of other frameworks: node bench/agent/peers.ts [--rounds 3] [--only mastra] [--tiny] [--write]
// Prints ratios to a bare loop; --write puts them into peers.md. --tiny: a few runs of each, to see that all of it works.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPeers } from '../install-peers.ts';
import { startProcess } from './calls.ts';
import { concurrencies, measureSlices, startSubject, type Measured } from './measure.ts';
import type { PeerAdapter } from './peer-adapter.ts';
import { median, table } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    tiny: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const folder = join(import.meta.dirname, 'peers');
const peers = ['ai-sdk', 'openai-agents', 'langgraph', 'mastra', 'voltagent'].filter(
  (name) => values.only === undefined || values.only.split(',').includes(name),
);
const counts = values.tiny
  ? { warmRuns: 10, sliceRuns: 32, slices: 1 }
  : { warmRuns: 1000, sliceRuns: 100, slices: 3 };
const plan = { rounds: Number(values.rounds), ...counts };

/** What is measured; the first of each list is the baseline. */
const whole = ['bare', 'platform', 'platform-full', ...peers.map((name) => `peer:${name}`)];
const streamed = ['bare-stream', 'platform-stream', ...peers.map((name) => `peer:${name}:stream`)];

/** CPU milliseconds for each run of every slice, by `kind concurrency`. */
const cpu = new Map<string, number[]>();
const loads: number[] = [];

async function measure(subjects: readonly Measured[]): Promise<void> {
  await measureSlices(subjects, plan, cpu);
  for (const subject of subjects) await subject.end();
  loads.push(loadavg()[0] ?? 0);
}

installPeers(folder);
Object.assign(process.env, {
  MASTRA_TELEMETRY_DISABLED: '1',
  VOLTAGENT_TELEMETRY_DISABLED: '1',
  LANGSMITH_TRACING: 'false',
  OPENAI_API_KEY: 'not-a-key',
  NODE_ENV: 'production',
});
const fake = await startProcess('fake-server.ts', [], {});
try {
  for (let round = 0; round < plan.rounds; round++) {
    for (const kinds of [whole, streamed]) {
      const order = round % 2 ? kinds.toReversed() : kinds;
      await measure(await Promise.all(order.map((kind) => startSubject(kind, fake))));
    }
    process.stderr.write(`round ${round + 1} of ${plan.rounds} done\n`);
  }
} finally {
  await fake.stop();
}

const { dependencies: versions } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>; // as the file has it
};

async function nameOf(kind: string): Promise<string> {
  const [, name] = kind.split(':');
  if (name === undefined) return kind;
  const { packageName } = (await import(`./peers/${name}.js`)) as PeerAdapter;
  return `${name} ${versions[packageName]?.split('@').at(-1)}`;
}

/** Milliseconds, and the median of the ratios to the baseline of slices that were measured in one turn. */
function cells(kind: string, base: string): string[] {
  return concurrencies.flatMap((concurrency) => {
    const ours = cpu.get(`${kind} ${concurrency}`) ?? [];
    const theirs = cpu.get(`${base} ${concurrency}`) ?? [];
    const ratio = median(ours.map((one, at) => one / (theirs[at] ?? NaN)));
    return [median(ours).toFixed(2), `${ratio.toFixed(2)}×`];
  });
}

const head = ['', ...concurrencies.flatMap((one) => [`concurrency ${one}`, 'to the bare loop'])];
const tableOf = async (kinds: readonly string[]): Promise<string> =>
  table(
    head,
    await Promise.all(kinds.map(async (kind) => [await nameOf(kind), ...cells(kind, kinds[0] ?? kind)])),
  );
const text = [
  '# An agent run beside those of other frameworks',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}, load average ` +
    `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}. CPU milliseconds of the measured process for ` +
    `each run after ${plan.warmRuns} runs, medians of ${plan.rounds} rounds of ${plan.slices} slices of ` +
    `${plan.sliceRuns} runs. The platform writes every run into a journal in a SQLite file, the others keep theirs in ` +
    'memory or nowhere. `npm run bench:agent:peers -- --write`.',
  `## Whole answers\n\n${await tableOf(whole)}`,
  `## Streamed answers\n\n${await tableOf(streamed)}`,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (values.write && !values.tiny) writeFileSync(join(import.meta.dirname, 'peers.md'), `${text}\n`);
