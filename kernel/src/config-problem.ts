import { isAbsolute, relative } from 'node:path';
import { errors } from './errors.ts';
import type { Place } from './locate.ts';

/** One thing wrong with the configuration, and where. */
export interface ConfigProblem {
  /** JSON Pointer into the configuration; `''` is the whole of it. */
  readonly pointer: string;
  /** What is wrong, as a sentence without the place. */
  readonly message: string;
  /** What to do, as a sentence. */
  readonly fix?: string;
  /** Counts from 1. */
  readonly line?: number;
  /** Counts from 1. */
  readonly column?: number;
  /** Id of the plugin whose configuration it is. */
  readonly plugin?: string;
}

/** Adds the place of its pointer to a problem, where the file's format tells places. */
export function placed(
  problem: ConfigProblem,
  locate: (pointer: string) => Place | undefined,
): ConfigProblem {
  return { ...problem, ...locate(problem.pointer) };
}

/** Problems as lines: `file:12:5 plugins/1/config/port (http-api): must be …. Did you mean …?` */
export function listProblems(file: string | undefined, problems: readonly ConfigProblem[]): string {
  const near = file === undefined ? '' : relative(process.cwd(), file);
  const name = near.startsWith('..') || isAbsolute(near) ? file : near;
  return problems
    .map(({ pointer, message, fix, line, column, plugin }) => {
      const place = [name, line, column].filter((part) => part !== undefined && part !== '').join(':');
      const where = `${pointer.slice(1) || 'the whole file'}${plugin === undefined ? '' : ` (${plugin})`}`;
      return `${place === '' ? '' : `${place} `}${where}: ${message}.${fix === undefined ? '' : ` ${fix}`}`;
    })
    .join('\n');
}

/** Throws AF_CONFIG_INVALID with every problem, one a line in order of place; does nothing when there is none. */
export function throwIfProblems(file: string | undefined, problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  const sorted = [...problems].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const list = listProblems(file, sorted);
  throw errors.AF_CONFIG_INVALID({ count: problems.length, list, problems: sorted });
}
