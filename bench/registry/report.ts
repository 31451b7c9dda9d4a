/** What is measured of a registry in one round. */
export interface Measures {
  readonly publishCpuMs: number;
  /** Of a publish with a look at the metadata after it, which signs it; not a number where nothing is signed. */
  readonly publishLookedCpuMs: number;
  readonly publishPerSecond: number;
  readonly packumentCpuUs: number;
  readonly packumentP99Ms: number;
  readonly shortCpuUs: number;
  readonly unchangedCpuUs: number;
  readonly tarballCpuUs: number;
  readonly searchP99Ms: number;
  readonly residentMb: number;
}

/** Registries that are measured in turns. */
export type SubjectName = 'ours' | 'verdaccio' | 'bare';

/**
 * What bare Express over SQLite took on the machine that the bars were set for, where it was measured there. Most of a
 * publish is the disk's, which is no measure of a processor.
 */
const bareThen: Partial<Record<keyof Measures, number>> = {
  packumentCpuUs: 81,
  tarballCpuUs: 171,
};

/** What is aimed at, where there is an aim: at most so much. */
const rows: readonly (readonly [name: keyof Measures, label: string, most?: number])[] = [
  ['packumentCpuUs', 'packument, processor µs', 110],
  ['packumentP99Ms', 'packument, p99 ms at 16 in flight'],
  ['shortCpuUs', 'abbreviated packument, processor µs'],
  ['unchangedCpuUs', '304, processor µs', 100],
  ['tarballCpuUs', 'tarball, processor µs', 200],
  ['publishCpuMs', 'publish, processor ms (ours durable, signed and scanned)', 6],
  ['publishLookedCpuMs', 'publish and a look at the metadata, which signs it, processor ms'],
  ['publishPerSecond', 'publishes a second, one by one'],
  ['searchP99Ms', 'search among 200, p99 ms'],
  ['residentMb', 'resident memory after all of it, MB', 150],
];

/** What is aimed at of ours, and whether it is met, as cells of a row. */
function aim(measured: number, most?: number, what = ''): string {
  if (most === undefined) return ' | ';
  return `${what}≤ ${most} | ${measured <= most ? 'yes' : '**no**'}`;
}

/** The report: medians over the rounds. */
export function reportOf(
  taken: Readonly<Record<SubjectName, readonly Measures[]>>,
  search: { readonly p50: number; readonly p99: number; readonly residentMb: number },
  about: { readonly cpus: number; readonly node: string; readonly rounds: number; readonly load: number },
): string {
  const median = (measures: readonly Measures[], name: keyof Measures): number => {
    const sorted = measures.map((each) => each[name]).toSorted((left, right) => left - right);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  const shown = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(value >= 100 ? 0 : 1));
  const lines = rows.map(([name, label, most]) => {
    const [ours, theirs, bare] = [taken.ours, taken.verdaccio, taken.bare].map((each) =>
      median(each, name),
    ) as [number, number, number];
    const ratio = Number.isNaN(ours / theirs) ? '–' : (ours / theirs).toFixed(2);
    const there = (ours * (bareThen[name] ?? Number.NaN)) / bare;
    return `| ${label} | ${[ours, theirs].map(shown).join(' | ')} | ${ratio} | ${shown(bare)} | ${shown(there)} | ${aim(ours, most)} |`;
  });
  return [
    '# Results',
    '',
    `Node ${about.node}, ${about.cpus} processors, load average ${about.load.toFixed(0)}, ${about.rounds} round(s) in turns; medians. Written by \`npm run bench:registry\`.`,
    '',
    'A bar is met, or not, by what ours took here. TUF metadata is signed when somebody looks at it, which publishing alone does not measure; a row of its own does.',
    '',
    '| | ours | Verdaccio 6.10.4 | ratio | bare Express + SQLite | ours, were bare as where the bars were set | bar | met |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    `| search among 10,000, p50 / p99 ms | ${shown(search.p50)} / ${shown(search.p99)} | – | – | – | – | ${aim(search.p99, 10, 'p99 ')} |`,
    `| resident memory with 10,000, MB | ${shown(search.residentMb)} | – | – | – | – | ${aim(search.residentMb, 150)} |`,
    '',
  ].join('\n');
}
