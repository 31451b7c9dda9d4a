import { CelIssue, unsupported } from './cel-issue.ts';
import type { MacroName, Node } from './node.ts';
import type { Token } from './token.ts';

/** Each macro of a list or map: how many names it may have, and how many expressions follow them. */
const macros: Readonly<
  Record<string, { macro: MacroName; names: readonly number[]; parts: readonly number[] }>
> = {
  all: { macro: 'all', names: [1, 2], parts: [1] },
  exists: { macro: 'exists', names: [1, 2], parts: [1] },
  exists_one: { macro: 'exists_one', names: [1, 2], parts: [1] },
  existsOne: { macro: 'exists_one', names: [1, 2], parts: [1] },
  filter: { macro: 'filter', names: [1], parts: [1] },
  map: { macro: 'map', names: [1], parts: [1, 2] },
  transformList: { macro: 'map', names: [2], parts: [1, 2] },
  transformMap: { macro: 'transformMap', names: [2], parts: [1, 2] },
};

/** The macro that a call is, or nothing where it is an ordinary call. */
export function readMacro(name: Token, target: Node | undefined, args: readonly Node[]): Node | undefined {
  if (target === undefined) return name.text === 'has' ? readHas(name, args) : undefined;
  const found = Object.hasOwn(macros, name.text) ? macros[name.text] : undefined;
  if (found === undefined) return undefined;
  const shapes = found.names.flatMap((names) => found.parts.map((parts) => ({ names, parts })));
  const shape = shapes.find(({ names, parts }) => names + parts === args.length);
  if (shape === undefined) {
    const counts = [...new Set(shapes.map(({ names, parts }) => names + parts))].join(' or ');
    const example = `items.${name.text}(${found.names[0] === 2 ? 'i, item' : 'item'}, …)`;
    throw new CelIssue(
      `${name.text} takes ${counts} arguments, not ${args.length}`,
      name.at,
      `Write ${example}.`,
    );
  }
  const names = args.slice(0, shape.names).map((each) => nameOf(each));
  if (new Set(names).size < names.length) {
    throw new CelIssue(`The name "${names[0]}" is there twice`, name.at, 'Give each its own name.');
  }
  const [first, second] = args.slice(shape.names);
  if (first === undefined) return undefined;
  const makes = found.macro === 'map' || found.macro === 'transformMap';
  const parts = makes ? (second ? { test: first, body: second } : { body: first }) : { test: first };
  return { kind: 'macro', at: name.at, macro: found.macro, target, names, ...parts };
}

function readHas(name: Token, args: readonly Node[]): Node {
  const [arg] = args;
  if (args.length === 1 && arg?.kind === 'select' && !arg.has) return { ...arg, has: true };
  throw new CelIssue('has() takes one field', name.at, 'Write has(input.name).');
}

function nameOf(node: Node): string {
  if (node.kind === 'name') return node.name;
  const space = node.kind === 'call' && node.receiver?.kind === 'name' ? node.receiver.name : '';
  if (space === 'cel')
    throw unsupported('Functions such as cel.iterVar()', node.at, 'Write a new word, such as "item".');
  throw new CelIssue(
    'Here stands the name that each item gets',
    node.at,
    'Write a new word, such as "item".',
  );
}
