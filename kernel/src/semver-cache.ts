import semver from 'semver';

const answers = new Map<string, boolean>();

/**
 * Whether `version` lies in `range`, by npm's rules: a prerelease only where the range names its numbers.
 * Answers are kept, because thousands of plugins ask the same few questions.
 */
export function satisfies(version: string, range: string): boolean {
  const question = `${version} ${range}`;
  let answer = answers.get(question);
  if (answer === undefined) {
    answer = version === range || semver.satisfies(version, range);
    if (answers.size >= 50_000) answers.clear(); // a long-lived platform must not grow
    answers.set(question, answer);
  }
  return answer;
}

/** How `version` misses `range`: `too old`, `too new`, or `not in that range`. */
export function misfit(version: string, range: string): string {
  if (semver.valid(version) === null || semver.validRange(range) === null) return 'not in that range';
  if (semver.ltr(version, range)) return 'too old';
  return semver.gtr(version, range) ? 'too new' : 'not in that range';
}

/** Highest first, prereleases after every release. */
export function compareVersions(left: string, right: string): number {
  return Number(left.includes('-')) - Number(right.includes('-')) || semver.rcompare(left, right);
}
