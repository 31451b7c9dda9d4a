import { closest } from '@agent-factory/sdk';
import { any, bool, isOpen, nameOf, type CelType } from './cel-type.ts';
import { CelFailure, kindOf } from './cel-failure.ts';
import { CelIssue, unsupported } from './cel-issue.ts';
import type { NodeOf } from './node.ts';
import type { Part, Scope } from './scope.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names that begin functions and types of CEL which the subset leaves out. */
const namespaces = new Set([
  'math',
  'strings',
  'base64',
  'cel',
  'optional',
  'proto',
  'google',
  'net',
  'regex',
]);
const typeNames = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
  'dyn',
]);

/** A variable, or the name that a macro gives. */
export function buildName({ name, at }: NodeOf<'name'>, scope: Scope): Part {
  const local = scope.local(name);
  if (local) {
    const { slot, type } = local;
    return { type, run: (frame) => frame.locals[slot] };
  }
  const type = Object.hasOwn(scope.variables, name) ? scope.variables[name] : undefined;
  if (type === undefined) throw unknownName(name, at, scope);
  scope.read(name);
  const run: Part['run'] = ({ vars }) => {
    if (Object.hasOwn(vars, name)) return vars[name];
    throw new CelFailure(`there is no "${name}"`);
  };
  return { type, run, path: [name] };
}

function unknownName(name: string, at: number, scope: Scope): CelIssue {
  if (namespaces.has(name))
    return unsupported(`Functions and types of "${name}"`, at, 'See the list of functions.');
  if (typeNames.has(name)) return unsupported('Types as values', at, 'Test with has(), or by value.');
  const names = Object.keys(scope.variables);
  const near = closest(name, names);
  const known = names.length > 0 ? `There are: ${names.join(', ')}.` : 'There are none here.';
  return new CelIssue(`There is no variable "${name}"`, at, near ? `Did you mean "${near}"?` : known);
}

/** `target.field`. */
export function buildSelect({ target, field, at }: NodeOf<'select'>, scope: Scope): Part {
  const from = scope.build(target);
  const type = typeOfField(from.type, field, at);
  const { run } = from;
  const path = from.path && ([...from.path, field] as const);
  return { type, run: (frame) => readField(run(frame), field), ...(path && { path }) };
}

/** `has(target.field)`. */
export function buildHas({ target, field, at }: NodeOf<'select'>, scope: Scope): Part {
  const from = scope.build(target);
  typeOfField(from.type, field, at);
  const { run } = from;
  const has: Part['run'] = (frame) => {
    const value = run(frame);
    if (isMap(value)) return Object.hasOwn(value, field);
    throw new CelFailure(`${kindOf(value)} has no fields, and "${field}" was looked for`);
  };
  // What was seen is the field, if it is there.
  if (from.path) scope.seen([...from.path, field]);
  return { type: bool, run: has };
}

/** `target[index]`. */
export function buildIndex({ target, index, at }: NodeOf<'index'>, scope: Scope): Part {
  const from = scope.build(target);
  const key = scope.use(index);
  const constant = key.constant?.value;
  if (typeof constant === 'string') {
    const type = typeOfField(from.type, constant, index.at);
    const path = from.path && ([...from.path, constant] as const);
    return { type, run: (frame) => readField(from.run(frame), constant), ...(path && { path }) };
  }
  const type = typeOfItem(from.type, key.type, at);
  const fixed = typeof constant === 'number' && from.path;
  if (!fixed && from.path) scope.seen(from.path);
  return {
    type,
    run: (frame) => readItem(from.run(frame), key.run(frame)),
    ...(fixed && { path: [...fixed, constant] as const }),
  };
}

function typeOfField(type: CelType, field: string, at: number): CelType {
  if (isOpen(type)) return any;
  if (type.kind !== 'map') {
    throw new CelIssue(`${nameOf(type)} has no field "${field}"`, at, 'Take a field of a map only.');
  }
  const known = type.fields && Object.hasOwn(type.fields, field) ? type.fields[field] : type.of;
  if (known) return known;
  const names = Object.keys(type.fields ?? {});
  const near = closest(field, names);
  const fix = near
    ? `Did you mean "${near}"?`
    : names.length > 0
      ? `There are: ${names.join(', ')}.`
      : 'It is empty.';
  throw new CelIssue(`There is no field "${field}"`, at, fix);
}

function typeOfItem(type: CelType, key: CelType, at: number): CelType {
  if (type.kind === 'list') {
    if (key.kind === 'int' || isOpen(key)) return type.of;
    throw new CelIssue(
      `A list has no place ${nameOf(key)}`,
      at,
      'Name the place with a whole number, from 0.',
    );
  }
  if (type.kind === 'map') {
    if (key.kind !== 'string' && !isOpen(key)) {
      throw new CelIssue(`A map has no key that is ${nameOf(key)}`, at, 'Name the key with a text.');
    }
    return type.fields ? any : (type.of ?? any);
  }
  if (isOpen(type)) return any;
  throw new CelIssue(`${nameOf(type)} has no items`, at, 'Take an item of a list or a map.');
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own field of a map; nothing that a prototype has is ever there. */
function readField(target: unknown, field: string): unknown {
  if (isMap(target) && Object.hasOwn(target, field)) return target[field];
  throw new CelFailure(
    isMap(target) ? `there is no "${field}"` : `${kindOf(target)} has no fields, and "${field}" was read`,
  );
}

function readItem(target: unknown, key: unknown): unknown {
  if (Array.isArray(target)) {
    if (typeof key !== 'number' || !Number.isInteger(key)) {
      throw new CelFailure(`a list has no place ${JSON.stringify(key)}`);
    }
    if (key >= 0 && key < target.length) return target[key];
    throw new CelFailure(`a list of ${target.length} items has no place ${key}`);
  }
  if (typeof key === 'string') return readField(target, key);
  throw new CelFailure(`${kindOf(target)} has no item ${JSON.stringify(key)}`);
}
