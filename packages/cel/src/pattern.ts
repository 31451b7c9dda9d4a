import { boundedPattern } from './bounded-pattern.ts';
import { noOverload } from './cel-failure.ts';
import type { Frame } from './frame.ts';

/** A regular expression of an expression. */
export interface Pattern {
  /** A measure of its size. */
  readonly instructions: number;
  /** Whether it matches somewhere in the text. */
  test(frame: Frame, value: unknown): boolean;
}

/** Compiles the pattern of `matches`; each match is charged with what it may take. */
export function compilePattern(source: string, at: number): Pattern {
  const { instructions, test } = boundedPattern(source, { at });
  return {
    instructions,
    test: (frame, value) => {
      if (typeof value !== 'string') throw noOverload('matches()', value);
      frame.charge(1 + ((value.length * instructions) >> 4));
      return test(value);
    },
  };
}
