import { RE2JS, RE2JSException } from 're2js';
import { CelIssue } from './cel-issue.ts';
import { noOverload } from './cel-failure.ts';
import type { Frame } from './frame.ts';
import { instructionsOf } from './instructions-of.ts';
import { limits } from './limits.ts';

/** A regular expression of an expression. */
export interface Pattern {
  /** A measure of its size: the work for each character of a text is at most in proportion to it. */
  readonly instructions: number;
  /** Whether it matches somewhere in the text. */
  test(frame: Frame, value: unknown): boolean;
}

/** Compiles a pattern of RE2, whose matching takes time in proportion to the text, whatever the pattern. */
export function compilePattern(source: string, at: number): Pattern {
  const instructions = instructionsOf(source);
  if (source.length > limits.pattern || instructions > limits.instructions) {
    const fix = `Keep it below ${limits.pattern} characters, with small counts in {n,m}.`;
    throw new CelIssue('The regular expression is too large', at, fix);
  }
  const compiled = compile(source, at);
  return {
    instructions,
    test: (frame, value) => {
      if (typeof value !== 'string') throw noOverload('matches()', value);
      frame.charge(1 + ((value.length * instructions) >> 4));
      return compiled.test(value);
    },
  };
}

function compile(source: string, at: number): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const fix = 'Write it as RE2 has it: no look-ahead, no back references.';
    throw new CelIssue(`The regular expression cannot be read: ${error.message}`, at, fix);
  }
}
