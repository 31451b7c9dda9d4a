import { join } from 'node:path';
import { bootCases } from './boot-cases.ts';
import { writePlugins } from './boot-fixture.ts';
import { ratioOf, ratioTable, type Bar, type Cell } from './report.ts';
import { median } from './cpu-time.ts';
import { inRounds, runCase, type CaseOutcome } from './run-case.ts';

const sizes = [1000, 5000];

/** Milliseconds of booting plugins from files, side by side. */
export function bootPart(folder: string, rounds: number): { text: string; bars: Bar[] } {
  const columns = sizes.map((count) => {
    const home = join(folder, String(count));
    writePlugins(home, count);
    // Once unmeasured: the files come from the disk's cache in all cases, and our lock file is there.
    runCase('boot', 1, home, count);
    const run = (place: number): CaseOutcome<number> => runCase('boot', place, home, count);
    const results = inRounds(bootCases.length, rounds, run, 2);
    const times = results.map((seen) => (typeof seen === 'string' ? seen : median(seen)));
    const cells = times.map((ms): Cell => {
      return typeof ms === 'string' ? ms : { value: ms, ratio: ms / Number(times[0]) };
    });
    return { title: `${count.toLocaleString('en')} plugins`, cells };
  });
  const text = [
    '## Boot',
    [
      'Milliseconds of CPU time (main thread) from nothing loaded to all plugins up, each plugin a folder with a',
      'package.json and one ES module. Ours reads its configuration file, every manifest and the lock file too.',
    ].join(' '),
    ratioTable(
      'from files',
      bootCases.map(({ name }) => name),
      columns,
    ),
  ].join('\n\n');
  const [thousand, many] = columns.map((column) => ratioOf(column, 1));
  const bars = [
    { what: 'boot of 1,000 plugins, × bare import()', most: 1.25, measured: thousand ?? Number.NaN },
    { what: 'boot of 5,000 plugins fails', most: 0, measured: Number.isFinite(many) ? 0 : 1, digits: 0 },
  ];
  return { text, bars };
}
