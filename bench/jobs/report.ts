/** A promise of the platform and what was measured. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly bar: number;
  /** Whether more is better. */
  readonly atLeast: boolean;
  readonly unit: '×' | 'ms';
}

/** The middle of some numbers; the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[half]];
  return (low + high) / 2;
}

/** Whether a promise is kept. */
export function isMet({ value, bar, atLeast }: Bar): boolean {
  return atLeast ? value >= bar : value <= bar;
}

/** Promises as a Markdown table. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map((one) => [
    one.name,
    `${one.value.toFixed(2)} ${one.unit}`,
    `${one.atLeast ? '≥' : '≤'} ${one.bar.toFixed(1)} ${one.unit}`,
    isMet(one) ? 'yes' : '**no**',
  ]);
  return table(['', 'measured', 'bar', 'met'], rows);
}

/** Rows as a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
