import { closest } from '@agent-factory/sdk';
import { isOpen, join, nameOf, never, type CelType } from './cel-type.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import type { CelFunction } from './cel-function.ts';
import type { Run } from './frame.ts';
import { functions, leftOut } from './functions.ts';
import type { Node, NodeOf } from './node.ts';
import { compilePattern } from './pattern.ts';
import type { Part, Scope } from './scope.ts';

type CallNode = NodeOf<'call'>;

/** A call of a function, in either form: `size(list)`, `list.size()`. */
export function buildCall(node: CallNode, scope: Scope): Part {
  const { name, receiver, at } = node;
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (found === undefined) throw unknownFunction(node, scope);
  const isMethod = receiver !== undefined;
  if (found.form !== 'both' && isMethod !== (found.form === 'method')) {
    const example = isMethod ? `${name}(value)` : `value.${name}(…)`;
    throw new CelIssue(`${name}() is called in another way`, at, `Write ${example}.`);
  }
  const nodes = receiver ? [receiver, ...node.args] : node.args;
  const parts = nodes.map((each) => scope.use(each));
  const type = resultOf(node, found, parts);
  if (name === 'matches') return { type, run: buildMatches(nodes, parts, scope) };
  return {
    type,
    run: called(
      found.call,
      parts.map(({ run }) => run),
    ),
  };
}

function resultOf({ name, at }: CallNode, { signatures }: CelFunction, parts: readonly Part[]): CelType {
  const counts = signatures.filter(({ args }) => args.length === parts.length);
  const fitting = counts.filter(({ args }) =>
    args.every((wanted, index) => fits(parts[index]?.type ?? never, wanted)),
  );
  if (fitting.length > 0) return fitting.map(({ result }) => result).reduce(join, never);
  const given = parts.map(({ type }) => nameOf(type)).join(', ') || 'nothing';
  const wanted = signatures.map(({ args }) => args.map(nameOf).join(', ')).join('; or ');
  throw new CelIssue(`${name}() does not take ${given}`, at, `It takes ${wanted}.`);
}

function fits(type: CelType, wanted: CelType): boolean {
  if (isOpen(type) || isOpen(wanted)) return true;
  if (type.kind === 'list' && wanted.kind === 'list') return fits(type.of, wanted.of);
  return type.kind === wanted.kind;
}

function called(call: CelFunction['call'], runs: readonly Run[]): Run {
  const [a, b, c, d] = runs;
  if (a === undefined) return (frame) => call(frame, undefined);
  if (b === undefined) return (frame) => call(frame, a(frame));
  if (c === undefined) return (frame) => call(frame, a(frame), b(frame));
  if (d === undefined) return (frame) => call(frame, a(frame), b(frame), c(frame));
  return (frame) => call(frame, a(frame), b(frame), c(frame), d(frame));
}

/** The pattern is compiled now, so it must be written here. */
function buildMatches(nodes: readonly Node[], parts: readonly Part[], scope: Scope): Run {
  const [, pattern] = parts;
  const at = nodes[1]?.at ?? 0;
  if (typeof pattern?.constant?.value !== 'string') {
    throw unsupported('Patterns that are not written as a text', at, 'Write the pattern in quotes.');
  }
  const compiled = compilePattern(pattern.constant.value, at);
  scope.addInstructions(compiled.instructions, at);
  const run = parts[0]?.run;
  return (frame) => compiled.test(frame, run?.(frame));
}

function unknownFunction({ name, receiver, at }: CallNode, scope: Scope): CelIssue {
  const space = receiver?.kind === 'name' && !Object.hasOwn(scope.variables, receiver.name) && receiver.name;
  if (leftOut.has(name) || (space && !scope.local(space) && leftOut.has(space))) {
    return unsupported(
      `Functions such as ${space ? `${space}.` : ''}${name}()`,
      at,
      'See the list of functions.',
    );
  }
  const names = Object.keys(functions);
  const near = closest(name, [...names, 'has', 'all', 'exists', 'exists_one', 'map', 'filter']);
  const known = `There are: ${names.sort().join(', ')}.`;
  return new CelIssue(`There is no function ${name}()`, at, near ? `Did you mean "${near}"?` : known);
}
