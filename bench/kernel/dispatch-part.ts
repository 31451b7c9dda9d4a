import { median, type Paired } from './cpu-time.ts';
import { dispatchCases } from './dispatch-cases.ts';
import { ratioOf, ratioTable, type Bar, type Cell, type Column } from './report.ts';
import { inRounds, runCase, type CaseOutcome } from './run-case.ts';

/** How long to measure, and at how many taps. */
export interface DispatchOptions {
  readonly rounds: number;
  readonly budgetMs: number;
  readonly taps: readonly number[];
}

/** Nanoseconds of a dispatch, side by side. */
export function dispatchPart(options: DispatchOptions): { text: string; bars: Bar[] } {
  const sync = columnsOf('sync', options);
  const async = columnsOf('async', options);
  const names = (mode: string): string[] => casesOf(mode).map(({ name }) => name);
  const text = [
    '## Dispatch',
    [
      'Nanoseconds of CPU time for one call of a hook with so many taps, and how many times the baseline that is:',
      'each process measures its case and the baseline by turns.',
      'Ours is called as a plugin calls it, through a booted kernel, with blame, timing and (async) deadlines on.',
    ].join(' '),
    ratioTable('sync series', names('sync'), sync),
    ratioTable('async series, async taps', names('async'), async),
  ].join('\n\n');
  const ten = options.taps.indexOf(10);
  const bars = [
    { what: 'sync dispatch, 10 taps, × plain loop', most: 3, measured: ratioOf(sync[ten], 1) },
    {
      what: 'async dispatch, 10 taps, × await loop',
      most: 1.1,
      measured: ratioOf(async[ten], 1),
    },
  ];
  return { text, bars };
}

function columnsOf(mode: 'sync' | 'async', { rounds, budgetMs, taps }: DispatchOptions): Column[] {
  const cases = casesOf(mode);
  return taps.map((count) => {
    const run = (place: number): CaseOutcome<Paired> => {
      const found = cases[place];
      const listed = found === undefined ? -1 : dispatchCases.indexOf(found);
      return runCase<Paired>('dispatch', listed, count, budgetMs);
    };
    const results = inRounds(cases.length, rounds, run, 2);
    const cells = results.map((seen): Cell => {
      if (typeof seen === 'string') return seen;
      return { value: median(seen.map(({ ns }) => ns)), ratio: median(seen.map(({ ratio }) => ratio)) };
    });
    return { title: `${count} tap${count === 1 ? '' : 's'}`, cells };
  });
}

function casesOf(mode: string): typeof dispatchCases {
  return dispatchCases.filter((one) => one.mode === mode);
}
