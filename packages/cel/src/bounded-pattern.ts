import { RE2JS, RE2JSException } from 're2js';
import { CelFailure } from './cel-failure.ts';
import { CelIssue } from './cel-issue.ts';
import { instructionsOf } from './instructions-of.ts';
import { limits } from './limits.ts';

/** A regular expression of RE2, whose matching takes time in proportion to the text, whatever the pattern. */
export interface BoundedPattern {
  /** A measure of its size: the work for each character of a text is at most in proportion to it. */
  readonly instructions: number;
  /** Whether it is found somewhere in the text. */
  test(text: string): boolean;
  /** Where it is found, from left to right; nothing where it matches no character. */
  spans(text: string): readonly { readonly start: number; readonly end: number }[];
}

/**
 * Compiles a pattern that a user wrote; a {@link CelIssue} says what is wrong with it, at `at`. Looking at a text fails
 * with a {@link CelFailure} where pattern and text together are too large.
 */
export function boundedPattern(
  source: string,
  { ignoreCase = false, at = 0 }: { readonly ignoreCase?: boolean; readonly at?: number } = {},
): BoundedPattern {
  const instructions = instructionsOf(source) * (ignoreCase ? 2 : 1);
  if (source.length > limits.pattern || instructions > limits.instructions) {
    const fix = `Keep it below ${limits.pattern} characters, with small counts in {n,m}.`;
    throw new CelIssue('The regular expression is too large', at, fix);
  }
  const compiled = compile(source, ignoreCase, at);
  const check = (text: string): void => {
    if (text.length * instructions <= limits.matching) return;
    throw new CelFailure('the text is too long for the regular expression', 'limit');
  };
  return {
    instructions,
    test: (text) => {
      check(text);
      return compiled.test(text);
    },
    spans: (text) => {
      check(text);
      if (!compiled.test(text)) return [];
      const found: { start: number; end: number }[] = [];
      const matcher = compiled.matcher(text);
      while (matcher.find()) {
        if (matcher.end() > matcher.start()) found.push({ start: matcher.start(), end: matcher.end() });
      }
      return found;
    },
  };
}

function compile(source: string, ignoreCase: boolean, at: number): RE2JS {
  try {
    return RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const fix = 'Write it as RE2 has it: no look-ahead, no back references.';
    throw new CelIssue(`The regular expression cannot be read: ${error.message}`, at, fix);
  }
}
