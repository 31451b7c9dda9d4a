/** A promise of the platform and what was measured. */
export interface Bar {
  readonly name: string;
  readonly ratio: number;
  /** At most. */
  readonly bar: number;
}

/** The middle of some numbers; the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[half]];
  return (low + high) / 2;
}

/** Whether a promise is kept. */
export function isMet({ ratio, bar }: Bar): boolean {
  return ratio <= bar;
}

/** Promises as a Markdown table. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((one) => [
    one.name,
    `${one.ratio.toFixed(2)}×`,
    `≤ ${one.bar.toFixed(1)}×`,
    isMet(one) ? 'yes' : '**no**',
  ]);
  return table(['', 'measured', 'bar', 'met'], rows);
}

/** Rows as a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
