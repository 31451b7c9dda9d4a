import { bool, isOpen, join, nameOf, type CelType } from './cel-type.ts';
import { CelFailure, noOverload } from './cel-failure.ts';
import { CelIssue } from './cel-issue.ts';
import type { Frame, Run } from './frame.ts';
import { failureSteps } from './limits.ts';
import type { NodeOf } from './node.ts';
import type { Part, Scope } from './scope.ts';

/**
 * `a && b`, `a || b`. As CEL has it, the order does not matter: where one part decides, it does not matter either
 * that another has no value.
 */
export function buildLogical({ kind, parts }: NodeOf<'and' | 'or'>, scope: Scope): Part {
  const sign = kind === 'and' ? '"&&"' : '"||"';
  const runs = parts.map((each) => {
    const part = scope.use(each);
    checkBoolean(part.type, sign, each.at);
    return part.run;
  });
  return { type: bool, run: inPairs(runs, (a, b) => pair(a, b, kind === 'or', sign)) };
}

/** Joined as a balanced tree, so that a long chain is not deep. */
function inPairs(runs: readonly Run[], join2: (a: Run, b: Run) => Run): Run {
  const [only] = runs;
  if (runs.length === 1 && only) return only;
  const half = runs.length >> 1;
  return join2(inPairs(runs.slice(0, half), join2), inPairs(runs.slice(half), join2));
}

/** `decides`: the value of a part with which the other does not matter. */
function pair(a: Run, b: Run, decides: boolean, sign: string): Run {
  return (frame) => {
    let left: unknown;
    try {
      left = a(frame);
    } catch (failure) {
      return unlessDecided(frame, failure, b, decides);
    }
    if (left === decides) return decides;
    if (left !== !decides) return unlessDecided(frame, noOverload(sign, left), b, decides);
    const right = b(frame);
    if (typeof right === 'boolean') return right;
    throw noOverload(sign, right);
  };
}

function unlessDecided(frame: Frame, failure: unknown, b: Run, decides: boolean): boolean {
  setAside(frame, failure);
  if (b(frame) === decides) return decides;
  throw failure;
}

/** Goes on after a failure that may not matter; limits always do, and so do mistakes of ours. */
export function setAside(frame: Frame, failure: unknown): void {
  if (!(failure instanceof CelFailure) || failure.kind === 'limit') throw failure;
  frame.charge(failureSteps);
}

/** `test ? yes : no`. */
export function buildConditional({ test, yes, no }: NodeOf<'conditional'>, scope: Scope): Part {
  const decide = scope.use(test);
  checkBoolean(decide.type, 'The part before "?"', test.at);
  const whenYes = scope.use(yes);
  const whenNo = scope.use(no);
  return {
    type: join(whenYes.type, whenNo.type),
    run: (frame) => {
      const decision = decide.run(frame);
      if (decision === true) return whenYes.run(frame);
      if (decision === false) return whenNo.run(frame);
      throw noOverload('the part before "?"', decision);
    },
  };
}

/** `!a`. */
export function buildNot({ operand, at }: NodeOf<'not'>, scope: Scope): Part {
  const { type, run } = scope.use(operand);
  checkBoolean(type, '"!"', at);
  return {
    type: bool,
    run: (frame) => {
      const value = run(frame);
      if (typeof value === 'boolean') return !value;
      throw noOverload('"!"', value);
    },
  };
}

/** Throws where a value cannot be true or false. */
export function checkBoolean(type: CelType, what: string, at: number): void {
  if (type.kind === 'bool' || isOpen(type)) return;
  const fix = 'Compare it with something, such as "> 0" or "== \'yes\'".';
  throw new CelIssue(`${what} takes true or false, and not ${nameOf(type)}`, at, fix);
}
