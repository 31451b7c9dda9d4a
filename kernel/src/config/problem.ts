import { isAbsolute, relative } from 'node:path';
import { errors } from '../errors.ts';

/** One thing wrong with a configuration or a manifest, and where. */
export interface ConfigProblem {
  /** JSON Pointer into the file; `''` is the whole of it. */
  readonly pointer: string;
  /** What is wrong, as a sentence without the place. */
  readonly message: string;
  /** What to do, as a sentence. */
  readonly fix?: string | undefined;
  /** Counts from 1; missing where the file's format tells no lines. */
  readonly line?: number | undefined;
  /** Id of the plugin whose configuration it is. */
  readonly plugin?: string | undefined;
}

/** Problems as lines: `file:12 plugins/1/config/port (http-api): must be …. Did you mean …?` */
export function listProblems(file: string | undefined, problems: readonly ConfigProblem[]): string {
  const near = file === undefined ? '' : relative(process.cwd(), file);
  const name = near.startsWith('..') || isAbsolute(near) ? file : near;
  const lines = problems.map(({ pointer, message, fix, line, plugin }) => {
    const place = [name, line].filter(Boolean).join(':');
    const key = pointer.slice(1) || 'the whole file';
    const subject = plugin === undefined ? key : `${key} (${plugin})`;
    return [place, `${subject}: ${message.replace(/\.$/, '')}.`, fix].filter(Boolean).join(' ');
  });
  return lines.join('\n');
}

/** Throws AF_CONFIG_INVALID with every problem, in order of line; does nothing when there is none. */
export function throwIfProblems(file: string | undefined, problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const list = listProblems(file, sorted);
  throw errors.AF_CONFIG_INVALID({ count: sorted.length, list, problems: sorted });
}
