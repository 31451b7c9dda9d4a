import type { JsonSchema } from '@agent-factory/sdk';

const known = new Set([
  'type',
  'title',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  '$ref',
  '$defs',
]);

/**
 * Whether providers that hold a model to a schema take this one: every object lists all of its properties as
 * required and admits no others, and nothing but plain keywords is used.
 */
export function isStrictSchema(schema: JsonSchema): boolean {
  return schema['type'] === 'object' && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  const fields = schema as JsonSchema; // an object, as just seen
  if (Object.keys(fields).some((keyword) => !known.has(keyword))) return false;
  const { properties, items, anyOf, $defs } = fields;
  const inner = [
    ...Object.values(Object(properties)),
    ...(items === undefined ? [] : [items]),
    ...(Array.isArray(anyOf) ? anyOf : []),
    ...Object.values(Object($defs)),
  ];
  const isObject = fields['type'] === 'object' || properties !== undefined;
  return (!isObject || isClosed(fields)) && inner.every(isStrict);
}

function isClosed({ properties, required, additionalProperties }: JsonSchema): boolean {
  const names = Object.keys(Object(properties));
  const needed = Array.isArray(required) ? new Set(required) : new Set();
  return additionalProperties === false && names.every((name) => needed.has(name));
}

/** The name under which a schema is sent: its title where that can be a name. */
export function schemaName(schema: JsonSchema): string {
  const title = schema['title'];
  return typeof title === 'string' && /^[\w-]{1,64}$/.test(title) ? title : 'answer';
}
