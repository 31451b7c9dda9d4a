type Node = Record<string, unknown>;

/** Adds to a schema what is true of every value in its place. */
export type Bounder = (schema: Readonly<Node>) => Node;

/** Tells our validator to show no value in its messages; nobody else knows the word. */
const ourMark = 'secret';

/** Keywords with schemas inside. What `if` and `not` hold is a question, and stays as it was asked. */
const nesting: ReadonlyMap<string, 'one' | 'list' | 'byName'> = new Map([
  ...(['properties', 'patternProperties', '$defs', 'dependentSchemas'] as const).map(
    (keyword) => [keyword, 'byName'] as const,
  ),
  ...(['oneOf', 'anyOf', 'allOf', 'prefixItems'] as const).map((keyword) => [keyword, 'list'] as const),
  ...(['items', 'additionalProperties', 'contains', 'then', 'else', 'propertyNames'] as const).map(
    (keyword) => [keyword, 'one'] as const,
  ),
]);

/**
 * Bounds of a place in which a value is written with no more than so many characters. An array takes two for each item,
 * itself and the comma or bracket behind it. Beyond 2^53 - 1 JavaScript, and many others who read JSON, cannot tell an
 * integer from the next. What a schema says itself holds.
 */
export function boundsWithin(characters: number): Bounder {
  const items = Math.floor(characters / 2);
  // Routes share schemas.
  const known = new WeakMap<Readonly<Node>, Node>();
  const bounded: Bounder = (schema) => {
    const before = known.get(schema);
    if (before) return before;
    const copy: Node = {};
    for (const keyword of Object.keys(schema)) {
      if (keyword === ourMark) continue;
      const [value, kind] = [schema[keyword], nesting.get(keyword)];
      if (!kind || !isNode(value)) copy[keyword] = value;
      else if (kind === 'one') copy[keyword] = bounded(value);
      else copy[keyword] = eachOf(value, bounded);
    }
    const { type } = schema;
    const is = (name: string): boolean => type === name || (Array.isArray(type) && type.includes(name));
    const isListed = 'enum' in schema || 'const' in schema;
    if (is('string') && !isListed) copy['maxLength'] ??= characters;
    if (is('integer') && !isListed) boundInteger(copy);
    if (is('array')) {
      copy['items'] ??= {};
      copy['maxItems'] ??= items;
    }
    known.set(schema, copy);
    return copy;
  };
  return bounded;
}

/** What stands in the address or in the headers of a request: Node takes 16 KiB of all these together. */
export const withinHeaders: Bounder = boundsWithin(16 * 1024);
/** What is in an answer, which is written as one text: V8 makes none that is longer. */
export const withinAnswer: Bounder = boundsWithin(2 ** 29 - 24);

function boundInteger(schema: Node): void {
  schema['format'] ??= 'int64';
  if (schema['exclusiveMinimum'] === undefined) schema['minimum'] ??= Number.MIN_SAFE_INTEGER;
  if (schema['exclusiveMaximum'] === undefined) schema['maximum'] ??= Number.MAX_SAFE_INTEGER;
}

/** A list of schemas, or schemas by name; what is no schema but `true` or `false` stays. */
function eachOf(schemas: Readonly<Node> | readonly unknown[], bounded: Bounder): unknown {
  if (Array.isArray(schemas)) return schemas.map((one: unknown) => (isNode(one) ? bounded(one) : one));
  const copy: Node = {};
  for (const [name, one] of Object.entries(schemas)) copy[name] = isNode(one) ? bounded(one) : one;
  return copy;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
