import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What a case printed, or why it has no result. */
export type CaseOutcome<Result> = { readonly result: Result } | { readonly failure: string };

/** Runs one case in a process of its own, so that no case warms or spoils another. */
export function runCase<Result>(...args: readonly (string | number)[]): CaseOutcome<Result> {
  const node = ['--conditions=@agent-factory/source', '--expose-gc', '--disable-warning=ExperimentalWarning'];
  const script = join(import.meta.dirname, 'case.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [...node, script, ...args.map(String)], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (status === 0) return { result: JSON.parse(last) as Result }; // case.ts printed it
  if (stderr.includes('Maximum call stack')) return { failure: 'stack overflow' };
  throw new Error(`The case ${args.join(' ')} failed:\n${stderr}`);
}

/**
 * Runs cases in alternating rounds, forwards and then backwards, so that a busy spell of the machine does not
 * fall on one case alone. The results of each case, or why it has none.
 *
 * @param often - so many cases, from the first on, run three times in a round: those that a bar is about
 */
export function inRounds<Result>(
  count: number,
  rounds: number,
  run: (place: number) => CaseOutcome<Result>,
  often: number,
): (readonly Result[] | string)[] {
  const seen: (Result[] | string)[] = Array.from({ length: count }, () => []);
  const all = seen.map((_, place) => place);
  const places = [...all.slice(0, often), ...all.slice(0, often), ...all];
  for (let round = 0; round < rounds; round++) {
    for (const place of round % 2 === 0 ? places : places.toReversed()) {
      const list = seen[place];
      if (!Array.isArray(list)) continue;
      const outcome = run(place);
      if ('result' in outcome) list.push(outcome.result);
      else seen[place] = outcome.failure;
    }
  }
  return seen;
}
