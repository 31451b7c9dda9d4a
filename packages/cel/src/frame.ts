import type { JsonObject } from '@agent-factory/sdk';
import { CelFailure } from './cel-failure.ts';
import { limits } from './limits.ts';

/** What one evaluation works with. */
export class Frame {
  readonly vars: JsonObject;
  /** Values of the names that macros give, by their place. */
  readonly locals: unknown[] = [];
  #steps = 0;

  constructor(vars: JsonObject) {
    this.vars = vars;
  }

  /** Steps done so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts steps, and ends the evaluation when there were too many. */
  charge(steps: number): void {
    this.#steps += steps;
    if (this.#steps > limits.steps) throw new CelFailure(`it took more than ${limits.steps} steps`, 'limit');
  }
}

/** A part of an expression, ready to run. */
export type Run = (frame: Frame) => unknown;
