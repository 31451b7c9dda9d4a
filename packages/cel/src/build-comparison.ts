import { bool, isOpen, mayBeNumber, nameOf, type CelType } from './cel-type.ts';
import { CelIssue } from './cel-issue.ts';
import { equal, order } from './compare.ts';
import type { Run } from './frame.ts';
import type { Part } from './scope.ts';

/** `a == b` (`same` true) or `a != b`. */
export function buildEquality(left: Part, right: Part, same: boolean): Run {
  const [a, b] = left.constant ? [right, left] : [left, right];
  const { run } = a;
  if (b.constant && typeof b.constant.value !== 'object') {
    const { value } = b.constant;
    return (frame) => (run(frame) === value) === same;
  }
  const other = b.run;
  return (frame) => {
    const one = run(frame);
    const two = other(frame);
    // Short texts, numbers, true and false need no more than this.
    if (typeof one === 'number' || typeof one === 'boolean') return (one === two) === same;
    return equal(frame, one, two) === same;
  };
}

const orders = {
  '<': (found: number): boolean => found < 0,
  '<=': (found: number): boolean => found <= 0,
  '>': (found: number): boolean => found > 0,
  '>=': (found: number): boolean => found >= 0,
} as const;

/** Numbers are compared here where one is constant: by far the most frequent comparison. */
const withNumber: Readonly<Record<keyof typeof orders, (run: Run, than: number, slow: Run) => Run>> = {
  '<': (run, than, slow) => (frame) => {
    const value = run(frame);
    return typeof value === 'number' ? value < than : slow(frame);
  },
  '<=': (run, than, slow) => (frame) => {
    const value = run(frame);
    return typeof value === 'number' ? value <= than : slow(frame);
  },
  '>': (run, than, slow) => (frame) => {
    const value = run(frame);
    return typeof value === 'number' ? value > than : slow(frame);
  },
  '>=': (run, than, slow) => (frame) => {
    const value = run(frame);
    return typeof value === 'number' ? value >= than : slow(frame);
  },
};

/** `a < b` and its like: of two numbers, two texts, or two of true and false. */
export function buildComparison(left: Part, right: Part, sign: keyof typeof orders, at: number): Part {
  checkOrdered(left.type, right.type, sign, at);
  const [a, b] = [left.run, right.run];
  const holds = orders[sign];
  const run: Run = (frame) => holds(order(frame, a(frame), b(frame), sign));
  const than = right.constant?.value;
  return { type: bool, run: typeof than === 'number' ? withNumber[sign](a, than, run) : run };
}

function checkOrdered(left: CelType, right: CelType, sign: string, at: number): void {
  const fits = ({ kind }: CelType): boolean => ['int', 'double', 'string', 'bool'].includes(kind);
  const both = (fits(left) || isOpen(left)) && (fits(right) || isOpen(right));
  const same = left.kind === right.kind || (mayBeNumber(left) && mayBeNumber(right));
  if (both && (same || isOpen(left) || isOpen(right))) return;
  throw new CelIssue(
    `"${sign}" does not compare ${nameOf(left)} with ${nameOf(right)}`,
    at,
    'Compare two numbers, or two texts; int(x), double(x) and string(x) convert.',
  );
}
