/** A bar the project sets itself, and what was measured. */
export interface Bar {
  readonly what: string;
  /** `least` for rates, `most` for times. */
  readonly least?: number;
  readonly most?: number;
  readonly measured: number;
}

/** What a part prints, and its bars. */
export interface Part {
  readonly text: string;
  readonly bars: readonly Bar[];
}

/** The bars as a table. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((bar) => [
    bar.what,
    bar.least === undefined ? `at most ${bar.most}` : `at least ${bar.least}`,
    bar.measured.toFixed(2),
    isMet(bar) ? 'met' : '**missed**',
  ]);
  return table(['', 'bar', 'measured', ''], rows);
}

/** Whether the bar is met. */
export function isMet({ least, most, measured }: Bar): boolean {
  return (least === undefined || measured >= least) && (most === undefined || measured <= most);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** A number for people. */
export function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
