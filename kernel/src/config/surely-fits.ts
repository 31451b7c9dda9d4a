import type { JsonSchema } from '@agent-factory/sdk';
import valid from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';
import { isRecord } from './schema-walk.ts';

type Check = (value: unknown, rule: unknown, schema: JsonSchema) => boolean;

const entriesOf = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : []);
const declaredKeys: Check = (value, parts) =>
  entriesOf(value).every(([key, child]) => !has(parts, key) || surelyFits(parts[key], child));
const undeclaredKeys: Check = (value, rule, { properties }) =>
  entriesOf(value).every(([key, child]) => has(properties, key) || surelyFits(rule, child));
const notes = '$schema title description default examples secret path reload then else'.split(' ');
/** Where the case cannot be told, only a value that fits both. */
const fitsItsCase: Check = (value, rule, { then = true, else: other = true }) =>
  surelyFits(other, value) && (misses(rule, value) || surelyFits(then, value));

/** Whether a value keeps one keyword's rule; a keyword has nothing to say of values of another type. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...notes.map((note) => [note, () => true] as const),
  ['type', isOfType],
  ['enum', (value, rule) => Array.isArray(rule) && rule.includes(value)],
  ['const', (value, rule) => value === rule],
  ['pattern', (value, rule) => typeof value !== 'string' || patternOf(String(rule))?.test(value) === true],
  ['semver', (value, rule) => typeof value !== 'string' || isSemver(rule, value)],
  ['minLength', (value, rule) => typeof value !== 'string' || (rule === 1 && value !== '')],
  ['maxLength', (value, rule) => typeof value !== 'string' || value.length <= Number(rule)],
  ['minItems', (value, rule) => !Array.isArray(value) || value.length >= Number(rule)],
  ['maxItems', (value, rule) => !Array.isArray(value) || value.length <= Number(rule)],
  ['if', fitsItsCase],
  ['anyOf', fitsOneBranch],
  ['oneOf', fitsOneBranch],
  ['minimum', (value, rule) => typeof value !== 'number' || value >= Number(rule)],
  ['maximum', (value, rule) => typeof value !== 'number' || value <= Number(rule)],
  ['items', (value, rule) => !Array.isArray(value) || value.every((item) => surelyFits(rule, item))],
  ['uniqueItems', (value) => !Array.isArray(value) || value.every((item, at) => isFirst(item, at, value))],
  [
    'required',
    (value, rule) => !isRecord(value) || (Array.isArray(rule) && rule.every((key) => has(value, key))),
  ],
  ['propertyNames', (value, rule) => entriesOf(value).every(([key]) => surelyFits(rule, key))],
  ['properties', declaredKeys],
  ['additionalProperties', undeclaredKeys],
  ['unevaluatedProperties', undeclaredKeys],
]);

/**
 * Whether a value surely fits a schema; `false` also where it uses a keyword that is not known here. A boot
 * checks a thousand values with schemas it uses once: compiling those, even loading ajv, would take far longer.
 */
export function surelyFits(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) return schema === true;
  return Object.keys(schema).every((word) => checks.get(word)?.(value, schema[word], schema) ?? false);
}

/** Whether a value surely breaks a schema, by the few keywords that tell cases apart. */
function misses(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) return schema === false;
  const { type, const: one, contains, properties } = schema;
  if (type !== undefined && !isOfType(value, type)) return true;
  if (one !== undefined && typeof one !== 'object' && value !== one) return true;
  if (contains !== undefined && Array.isArray(value)) return value.every((item) => misses(contains, item));
  return entriesOf(value).some(([key, child]) => has(properties, key) && misses(properties[key], child));
}

/** Only branches that can be told apart. */
function fitsOneBranch(value: unknown, branches: unknown): boolean {
  if (!Array.isArray(branches)) return false;
  const open = branches.filter((one) => !misses(one, value));
  return open.length === 1 && surelyFits(open[0], value);
}

function isOfType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => isOfType(value, one));
  if (type === 'object') return isRecord(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  return typeof value === type;
}

function has(object: unknown, key: string): object is Record<string, unknown> {
  return isRecord(object) && Object.hasOwn(object, key);
}

function isFirst(item: unknown, at: number, list: readonly unknown[]): boolean {
  return typeof item !== 'object' && list.indexOf(item) === at;
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp | undefined {
  try {
    const pattern = patterns.get(text) ?? new RegExp(text, 'u');
    patterns.set(text, pattern);
    return pattern;
  } catch {
    return undefined; // what is wrong with it, ajv tells
  }
}

// What semver takes longer to tell.
const plainVersion = /^(?:\*|[~^]?(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){2})$/;

/** The keyword `semver`: whether a text is a `version`, or else a `range`. */
export function isSemver(kind: unknown, text: string): boolean {
  if (kind !== 'version') return plainVersion.test(text) || validRange(text) !== null;
  return /^\d/.test(text) && (plainVersion.test(text) || valid(text) !== null);
}
