import type { JsonSchema } from '@agent-factory/sdk';
import semver from 'semver';
import { isRecord } from './schema-walk.ts';

type Check = (value: unknown, rule: unknown, schema: JsonSchema) => boolean;

const annotation: Check = () => true;
const others: Check = (value, rule, { properties = {} }) =>
  !isRecord(value) ||
  Object.keys(value).every((key) => Object.hasOwn(properties as object, key) || surelyFits(rule, value[key]));

/** Whether a value keeps one keyword's rule; a keyword has nothing to say of values of another type. */
const checks: Readonly<Record<string, Check | undefined>> = {
  title: annotation,
  description: annotation,
  default: annotation,
  secret: annotation,
  path: annotation,
  type: (value, rule) => [rule].flat().some((type) => isOfType(value, type)),
  enum: (value, rule) => Array.isArray(rule) && rule.includes(value),
  minLength: (value, rule) => typeof value !== 'string' || [...value].length >= Number(rule),
  pattern: (value, rule) => typeof value !== 'string' || patternOf(String(rule)).test(value),
  semver: (value, rule) => typeof value !== 'string' || isSemver(rule, value),
  minimum: (value, rule) => typeof value !== 'number' || value >= Number(rule),
  maximum: (value, rule) => typeof value !== 'number' || value <= Number(rule),
  items: (value, rule) => !Array.isArray(value) || value.every((item) => surelyFits(rule, item)),
  uniqueItems: (value) =>
    !Array.isArray(value) || new Set(value.map((item) => JSON.stringify(item))).size === value.length,
  required: (value, rule) =>
    !isRecord(value) || [rule].flat().every((key) => Object.hasOwn(value, String(key))),
  propertyNames: (value, rule) =>
    !isRecord(value) || Object.keys(value).every((key) => surelyFits(rule, key)),
  properties: (value, rule) =>
    !isRecord(value) ||
    !isRecord(rule) ||
    Object.keys(value).every((key) => !Object.hasOwn(rule, key) || surelyFits(rule[key], value[key])),
  additionalProperties: others,
  unevaluatedProperties: others,
};

/**
 * Whether a value surely fits a schema; `false` also where it uses a keyword that is not known here. A boot
 * checks a thousand values with schemas it uses once: compiling those, even loading ajv, would take far longer.
 */
export function surelyFits(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) return schema === true;
  for (const word of Object.keys(schema)) if (!checks[word]?.(value, schema[word], schema)) return false;
  return true;
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'object') return isRecord(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  return typeof value === type && /^(string|number|boolean)$/.test(String(type));
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  const pattern = patterns.get(text) ?? new RegExp(text, 'u');
  patterns.set(text, pattern);
  return pattern;
}

/** The keyword `semver`: whether a text is a `version`, or else a `range`. */
export function isSemver(kind: unknown, text: string): boolean {
  if (kind !== 'version') return semver.validRange(text) !== null;
  return /^\d/.test(text) && semver.valid(text) !== null;
}
