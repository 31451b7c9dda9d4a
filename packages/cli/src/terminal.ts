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

/** Writes a line for the person, beside the output. */
export function remark(line: string): void {
  process.stderr.write(`${styleText('dim', line, { stream: process.stderr })}\n`);
}

/** Rows as columns of equal width. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** An error for people: what was wrong, what to do, and its code. A stack only when asked for. */
export function printError(error: unknown, verbose = false): void {
  const paintError = (style: Style, text: string): string =>
    styleText(style, text, { stream: process.stderr });
  const known = isAgentFactoryError(error);
  const lines = [error instanceof Error ? error.message : String(error)];
  if (known) lines.push(error.fix, paintError('dim', error.code));
  else if (!verbose) lines.push('This is a fault of the platform or of Node; --verbose shows where.');
  if (verbose && error instanceof Error) lines.push(paintError('dim', error.stack ?? ''));
  const text = lines.filter(Boolean).join('\n').replaceAll('\n', '\n  ');
  process.stderr.write(`${paintError('red', '✗')} ${text}\n`);
}

/** Shows what long work is doing: one changing line on a terminal, nothing elsewhere. */
export interface Progress {
  say(text: string): void;
  /** Takes the line away until something is said again. */
  done(): void;
}

/** Starts showing progress on standard error. */
export function startProgress(): Progress {
  const out = process.stderr;
  if (!out.isTTY) return { say: () => {}, done: () => {} };
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let text = '';
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    out.write(`\r\u001b[2K${frames[frame]} ${text.slice(0, (out.columns ?? 80) - 4)}`);
  };
  return {
    say: (next) => {
      text = next;
      timer ??= setInterval(draw, 100);
      draw();
    },
    done: () => {
      if (!timer) return;
      clearInterval(timer);
      timer = undefined;
      out.write('\r\u001b[2K');
    },
  };
}
