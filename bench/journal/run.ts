// The journal beside plain inserts and queries: node bench/journal/run.ts [--quick [--write]] [--only append|page] [--engine sqlite|postgres] [--check]
// Prints each part as it is done; a whole run writes results.md, a quick one only when told to with --write.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appendPart } from './append-part.ts';
import { pagePart } from './page-part.ts';
import { barTable, isMet, type Bar, type Part } from './report.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    engine: { type: 'string' },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
  },
});
const engines = (['sqlite', 'postgres'] as const).filter(
  (each) => values.engine === undefined || values.engine === each,
);
const rounds = values.quick ? 5 : 9;
const parts: Readonly<Record<string, () => Promise<Part>>> = {
  append: () => appendPart(engines, rounds, values.quick ? 2000 : 5000),
  page: () => pagePart(engines, rounds, values.quick ? 100 : 300),
};

const chosen = Object.entries(parts).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0)
  throw new Error(`There is no part ${values.only}; there are ${Object.keys(parts).join(', ')}.`);
const texts: string[] = [];
const bars: Bar[] = [];
for (const [, part] of chosen) {
  const done = await part();
  process.stdout.write(`${done.text}\n\n`);
  texts.push(done.text);
  bars.push(...done.bars);
}
const summary = `## Bars\n\n${barTable(bars)}`;
process.stdout.write(`${summary}\n`);
if (values.only === undefined && values.engine === undefined && (values.write || !values.quick)) {
  const machine = `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}.`;
  const method = `Medians of ${rounds} rounds, in each of which ours and raw take turns. Read the ratios, not the numbers.`;
  const text = ['# The journal beside raw SQL', `${machine} ${method}`, summary, ...texts].join('\n\n');
  writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
}
if (values.check && !bars.every(isMet)) process.exitCode = 1;
