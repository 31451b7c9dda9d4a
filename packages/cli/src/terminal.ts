import { styleText } from 'node:util';
import { isAgentFactoryError } from '@agent-factory/sdk';

type Style = Parameters<typeof styleText>[0];

/** Text with a style where standard output is a terminal that shows it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Writes a line to standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Rows as columns of equal width. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** An error for people: what was wrong, what to do, and its code. Never a stack. */
export function printError(error: unknown): void {
  const red = (text: string): string => styleText('red', text, { stream: process.stderr });
  const dim = (text: string): string => styleText('dim', text, { stream: process.stderr });
  if (isAgentFactoryError(error)) {
    process.stderr.write(`${red('✗')} ${error.message}\n  ${error.fix}\n  ${dim(error.code)}\n`);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${red('✗')} ${message}\n`);
  }
}

/** Shows what long work is doing: one changing line on a terminal, nothing elsewhere. */
export interface Progress {
  say(text: string): void;
  /** Takes the line away. */
  done(): void;
}

/** Starts showing progress on standard error. */
export function startProgress(): Progress {
  const out = process.stderr;
  if (!out.isTTY) return { say: () => {}, done: () => {} };
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let text = '';
  let frame = 0;
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    out.write(`\r\u001b[2K${frames[frame]} ${text.slice(0, (out.columns ?? 80) - 4)}`);
  };
  const timer = setInterval(draw, 100);
  return {
    say: (next) => {
      text = next;
      draw();
    },
    done: () => {
      clearInterval(timer);
      out.write('\r\u001b[2K');
    },
  };
}
