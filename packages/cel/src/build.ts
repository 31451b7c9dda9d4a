import { bool, comparable, isOpen, join, nameOf, never, type CelType } from './cel-type.ts';
import { buildArithmetic } from './build-arithmetic.ts';
import { buildCall } from './build-call.ts';
import { buildComparison, buildEquality } from './build-comparison.ts';
import { buildConditional, buildLogical, buildNot } from './build-logic.ts';
import { buildHas, buildIndex, buildName, buildSelect } from './build-access.ts';
import { buildMembership } from './build-membership.ts';
import { buildMacro } from './build-macro.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import { negate } from './arithmetic.ts';
import type { Run } from './frame.ts';
import type { Node, NodeOf } from './node.ts';
import type { Part, Scope } from './scope.ts';
import { setOwn } from './set-own.ts';

/** Checks a part of an expression and makes what runs it. */
export function build(node: Node, scope: Scope): Part {
  switch (node.kind) {
    case 'literal': {
      const { value, type } = node;
      return { type, run: () => value, constant: { value } };
    }
    case 'name':
      return buildName(node, scope);
    case 'select':
      return node.has ? buildHas(node, scope) : buildSelect(node, scope);
    case 'index':
      return buildIndex(node, scope);
    case 'call':
      return buildCall(node, scope);
    case 'list':
      return buildList(node.items, scope);
    case 'map':
      return buildMap(node, scope);
    case 'and':
    case 'or':
      return buildLogical(node, scope);
    case 'conditional':
      return buildConditional(node, scope);
    case 'not':
      return buildNot(node, scope);
    case 'negate':
      return buildNegate(node, scope);
    case 'binary':
      return buildBinary(node, scope);
    case 'macro':
      return buildMacro(node, scope);
  }
}

function buildList(items: readonly Node[], scope: Scope): Part {
  const parts = items.map((each) => scope.use(each));
  const of = parts.reduce<CelType>((type, part) => join(type, part.type), never);
  const runs = parts.map(({ run }) => run);
  const constants = parts.map(({ constant }) => constant);
  if (constants.every((each) => each !== undefined)) {
    const value: readonly unknown[] = Object.freeze(constants.map((each) => each.value));
    return { type: { kind: 'list', of }, run: () => value, constant: { value } };
  }
  return { type: { kind: 'list', of }, run: (frame) => runs.map((run) => run(frame)) };
}

function buildMap({ entries }: NodeOf<'map'>, scope: Scope): Part {
  let of = never;
  const runs: [key: string, run: Run][] = [];
  for (const [key, value] of entries) {
    if (key.kind !== 'literal' || typeof key.value !== 'string') {
      throw unsupported(
        'Keys that are not written as texts',
        key.at,
        'Write keys in quotes: {"name": value}.',
      );
    }
    if (runs.some(([other]) => other === key.value)) {
      throw new CelIssue(
        `The key ${JSON.stringify(key.value)} is there twice`,
        key.at,
        'Leave one of them out.',
      );
    }
    const part = scope.use(value);
    of = join(of, part.type);
    runs.push([key.value, part.run]);
  }
  const run: Run = (frame) => {
    const made: Record<string, unknown> = {};
    for (const [key, each] of runs) setOwn(made, key, each(frame));
    return made;
  };
  return { type: { kind: 'map', of }, run };
}

function buildNegate({ operand, at }: NodeOf<'negate'>, scope: Scope): Part {
  const { type, run } = scope.use(operand);
  if (!isOpen(type) && type.kind !== 'int' && type.kind !== 'double') {
    throw new CelIssue(`"-" does not take ${nameOf(type)}`, at, 'Put it in front of a number.');
  }
  if (type.kind === 'double') return { type, run: (frame) => negate(run(frame)) };
  return { type, run: (frame) => negate(run(frame)) + 0 }; // + 0: there is no whole -0
}

function buildBinary(node: NodeOf<'binary'>, scope: Scope): Part {
  const { sign, at } = node;
  const left = scope.use(node.left);
  const right = scope.use(node.right);
  switch (sign) {
    case 'in':
      return buildMembership(left, right, at);
    case '==':
    case '!=':
      if (!comparable(left.type, right.type)) {
        throw new CelIssue(
          `${nameOf(left.type)} is never equal to ${nameOf(right.type)}`,
          at,
          'Compare values of the same kind; string(x), int(x) and double(x) convert.',
        );
      }
      return { type: bool, run: buildEquality(left, right, sign === '==') };
    case '<':
    case '<=':
    case '>':
    case '>=':
      return buildComparison(left, right, sign, at);
    default:
      return buildArithmetic(left, right, sign, at);
  }
}
