import { add, divide, divideWhole, multiply, remainder, subtract } from './arithmetic.ts';
import {
  any,
  double,
  int,
  isOpen,
  join,
  mayBeNumber,
  nameOf,
  never,
  text,
  type CelType,
} from './cel-type.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import type { Run } from './frame.ts';
import type { BinarySign } from './node.ts';
import type { Part } from './scope.ts';

/** `+ - * / %`. */
export function buildArithmetic(left: Part, right: Part, sign: BinarySign, at: number): Part {
  const type = typeOf(left.type, right.type, sign, at);
  const [a, b] = [left.run, right.run];
  const runs: Partial<Record<BinarySign, Run>> = {
    '+': (frame) => add(frame, a(frame), b(frame)),
    '-': (frame) => subtract(a(frame), b(frame)),
    // + 0: there is no whole -0
    '*':
      type.kind === 'double'
        ? (frame) => multiply(a(frame), b(frame))
        : (frame) => multiply(a(frame), b(frame)) + 0,
    '/':
      type.kind === 'double'
        ? (frame) => divide(a(frame), b(frame))
        : (frame) => divideWhole(a(frame), b(frame)),
    '%': (frame) => remainder(a(frame), b(frame)),
  };
  return { type, run: runs[sign] ?? a };
}

function typeOf(left: CelType, right: CelType, sign: BinarySign, at: number): CelType {
  if (sign === '+' && !(mayBeNumber(left) && mayBeNumber(right))) {
    const joined = join(left, right);
    const fits = (one: CelType): boolean => one.kind === 'string' || one.kind === 'list' || isOpen(one);
    if (fits(left) && fits(right) && (joined.kind === 'string' || joined.kind === 'list')) return joined;
    if (fits(left) && fits(right) && (isOpen(left) || isOpen(right))) {
      return left.kind === 'string' || right.kind === 'string' ? text : any;
    }
    throw refused(left, right, sign, at);
  }
  if (!mayBeNumber(left) || !mayBeNumber(right)) throw refused(left, right, sign, at);
  const isDouble = left.kind === 'double' || right.kind === 'double';
  if (sign === '%') {
    if (isDouble) throw refused(left, right, sign, at);
    return int;
  }
  if (isDouble) return isOpen(left) || isOpen(right) ? (sign === '+' ? any : double) : double;
  if (left.kind === 'int' && right.kind === 'int') return int;
  if (sign !== '/') return any;
  if (left.kind !== 'any' && right.kind !== 'any') return never;
  throw unsupported(
    'Divisions whose kind is not known',
    at,
    'Write int(x) to divide whole numbers, double(x) for all others, or declare the number in the schema.',
  );
}

function refused(left: CelType, right: CelType, sign: string, at: number): CelIssue {
  const convert =
    left.kind === 'string' || right.kind === 'string' ? ' string(x) makes a text of a number.' : '';
  const [a, b] = [nameOf(left), nameOf(right)];
  return new CelIssue(`"${sign}" does not take ${a} and ${b}`, at, `Give it two numbers.${convert}`);
}
