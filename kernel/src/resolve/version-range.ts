import rcompare from 'semver/functions/rcompare.js';
import fits from 'semver/functions/satisfies.js';
import valid from 'semver/functions/valid.js';
import gtr from 'semver/ranges/gtr.js';
import ltr from 'semver/ranges/ltr.js';
import validRange from 'semver/ranges/valid.js';

type Question<Answer> = (version: string, range: string) => Answer;

/**
 * Whether a version lies in a range, by npm's rules: a prerelease only where the range names its numbers, or is
 * that very version.
 */
export const satisfies: Question<boolean> = remember(
  (version, range) => version === range || fits(version, range),
);

/** How a version misses a range. */
export const misfit: Question<'too old' | 'too new' | 'not in that range'> = remember((version, range) => {
  if (valid(version) === null || validRange(range) === null) return 'not in that range';
  if (ltr(version, range)) return 'too old';
  return gtr(version, range) ? 'too new' : 'not in that range';
});

/** Highest first, prereleases after every release. */
export function compareVersions(left: string, right: string): number {
  return Number(left.includes('-')) - Number(right.includes('-')) || rcompare(left, right);
}

/** Keeps answers, because thousands of plugins ask the same few questions. */
function remember<Answer>(ask: Question<Answer>): Question<Answer> {
  const answers = new Map<string, Answer>();
  return (version, range) => {
    const question = `${version} ${range}`;
    const answer = answers.get(question) ?? ask(version, range);
    if (answers.size >= 50_000) answers.clear(); // a long-lived platform must not grow
    answers.set(question, answer);
    return answer;
  };
}
