import type { CelType } from './cel-type.ts';
import type { Frame } from './frame.ts';

/** A function of the language. */
export interface CelFunction {
  /** How it is called: `f(a)`, `a.f()`, or both. */
  readonly form: 'global' | 'method' | 'both';
  /** What it takes, the receiver first, and what it gives. */
  readonly signatures: readonly { readonly args: readonly CelType[]; readonly result: CelType }[];
  /** Checks its arguments itself, since what is declared need not be so. */
  call(frame: Frame, ...args: readonly unknown[]): unknown;
}
