/** A bar the project sets itself, and what was measured. */
export interface Bar {
  readonly what: string;
  readonly most: number;
  readonly measured: number;
  /** Decimals to print. Default 2. */
  readonly digits?: number;
}

/** A measurement and how many times the baseline it is; or why there is none. */
export type Cell = { readonly value: number; readonly ratio: number } | string;

/** One column of a table: a cell for each case, the baseline first. */
export interface Column {
  readonly title: string;
  readonly cells: readonly Cell[];
}

/** A table of cases, each value with its ratio to the baseline's. */
export function ratioTable(heading: string, cases: readonly string[], columns: readonly Column[]): string {
  const rows = cases.map((name, place) => [name, ...columns.map(({ cells }) => shown(cells, place))]);
  return table([heading, ...columns.map(({ title }) => title)], rows);
}

/** How many times the baseline a case is; not a number when it has no measurement. */
export function ratioOf(column: Column | undefined, place: number): number {
  const cell = column?.cells[place];
  return typeof cell === 'object' ? cell.ratio : Number.NaN;
}

/** The bars as a table. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map(({ what, most, measured, digits = 2 }) => [
    what,
    `at most ${most}`,
    measured.toFixed(digits),
    isMet({ what, most, measured }) ? 'met' : '**missed**',
  ]);
  return table(['', 'bar', 'measured', ''], rows);
}

/** Whether the bar is met. */
export function isMet({ most, measured }: Bar): boolean {
  return measured <= most;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function shown(cells: readonly Cell[], place: number): string {
  const cell = cells[place];
  if (typeof cell !== 'object') return cell ?? '';
  const { value, ratio } = cell;
  const number = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
  if (place === 0) return number;
  return `${number} (×${ratio >= 10 ? Math.round(ratio).toLocaleString('en') : ratio.toFixed(2)})`;
}
