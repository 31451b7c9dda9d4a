// The kernel beside its peers: node bench/kernel/run.ts [--quick [--write]] [--only dispatch|boot|upgrade] [--check]
// Prints each part as it is done; a whole run writes results.md, a quick one only when told to with --write.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootPart } from './boot-part.ts';
import { dispatchPart } from './dispatch-part.ts';
import { installPeers } from '../install-peers.ts';
import { barTable, isMet, type Bar } from './report.ts';
import { upgradePart } from './upgrade-part.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
  },
});
const rounds = values.quick ? 3 : 5;
// The compiler makes the same case quicker in one process and slower in another, so there are more of them.
const dispatch = values.quick
  ? { rounds: 7, budgetMs: 400, taps: [1, 10] }
  : { rounds: 9, budgetMs: 600, taps: [1, 10, 100] };
const parts: Readonly<Record<string, (folder: string) => { text: string; bars: Bar[] }>> = {
  dispatch: () => dispatchPart(dispatch),
  boot: (folder) => bootPart(folder, rounds),
  upgrade: (folder) => upgradePart(folder, 1000),
};

installPeers(import.meta.dirname);
const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0)
  throw new Error(`There is no part ${values.only}; there are ${Object.keys(parts).join(', ')}.`);
const texts: string[] = [];
const bars: Bar[] = [];
for (const [, part] of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-'));
  try {
    const done = part(folder);
    process.stdout.write(`${done.text}\n\n`);
    texts.push(done.text);
    bars.push(...done.bars);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const summary = `## Bars\n\n${barTable(bars)}`;
process.stdout.write(`${summary}\n`);
if (values.only === undefined && (values.write || !values.quick)) {
  const machine = `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}.`;
  const method = `One process for each case, CPU time, medians of alternating rounds: ${dispatch.rounds} of dispatch, ${rounds} of booting, the baseline and ours three times in each. Read the ratios, not the numbers.`;
  const text = ['# The kernel beside its peers', `${machine} ${method}`, summary, ...texts].join('\n\n');
  writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
}
if (values.check && !bars.every(isMet)) process.exitCode = 1;
