import type { JsonSchema } from '@agent-factory/sdk';
import { any, bool, double, int, join, listOf, never, nullType, text, type CelType } from './cel-type.ts';

const named: Readonly<Record<string, CelType>> = {
  string: text,
  integer: int,
  number: double,
  boolean: bool,
  null: nullType,
};
/** Schemas within schemas that are followed; deeper ones are any value. Also ends circles of `$ref`. */
const deepest = 12;

/**
 * What a JSON Schema says of its values, as far as expressions need to know. What it does not say is any value: the
 * schema is no check of the values here. `null` beside another type is left out, since everything compares with null.
 */
export function typeOfSchema(schema: unknown, root: unknown = schema, depth = 0): CelType {
  if (typeof schema !== 'object' || schema === null || depth > deepest) return any;
  const given = schema as JsonSchema; // an object; each keyword is looked at with care
  if (typeof given['$ref'] === 'string') return typeOfSchema(referred(given['$ref'], root), root, depth + 1);
  if ('const' in given) return typeOfValue(given['const']);
  if (Array.isArray(given['enum'])) return either(given['enum'].map(typeOfValue));
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = given[keyword];
    if (Array.isArray(options)) return either(options.map((each) => typeOfSchema(each, root, depth + 1)));
  }
  const { type } = given;
  if (Array.isArray(type)) {
    return either(type.map((each) => typeOfSchema({ ...given, type: each }, root, depth + 1)));
  }
  if (type === 'array') {
    return listOf('items' in given ? typeOfSchema(given['items'], root, depth + 1) : any);
  }
  if (type === 'object' || (type === undefined && 'properties' in given))
    return typeOfObject(given, root, depth);
  return typeof type === 'string' && Object.hasOwn(named, type) ? (named[type] ?? any) : any;
}

function typeOfObject(schema: JsonSchema, root: unknown, depth: number): CelType {
  const { properties, additionalProperties, patternProperties } = schema;
  const others = additionalProperties ?? (patternProperties === undefined && properties ? false : true);
  const of = others === false ? undefined : typeOfSchema(others, root, depth + 1);
  if (typeof properties !== 'object' || properties === null) return { kind: 'map', of: of ?? any };
  const fields = new Map<string, CelType>();
  for (const [name, each] of Object.entries(properties))
    fields.set(name, typeOfSchema(each, root, depth + 1));
  return { kind: 'map', fields: Object.fromEntries(fields), ...(of && { of }) };
}

function either(types: readonly CelType[]): CelType {
  const others = types.filter(({ kind }) => kind !== 'null');
  if (others.length === 0) return types[0] ?? any;
  const isNumber = others.every(({ kind }) => kind === 'int' || kind === 'double');
  return isNumber && others.some(({ kind }) => kind === 'double') ? double : others.reduce(join, never);
}

function typeOfValue(value: unknown): CelType {
  if (value === null) return nullType;
  if (typeof value === 'boolean') return bool;
  if (typeof value === 'string') return text;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? int : double;
  return any;
}

function referred(ref: string, root: unknown): unknown {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined;
  let found = root;
  for (const part of ref.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key]; // an object that has the key
  }
  return found;
}
