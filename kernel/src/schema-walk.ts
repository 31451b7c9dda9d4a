import type { JsonSchema } from '@agent-factory/sdk';

/** Whether `value` is an object that is neither a list nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `key` as one more step of a JSON Pointer (RFC 6901). */
export function step(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys of a JSON Pointer. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Every schema that may speak about the same place as `schema`: references and all branches followed. */
export function schemasAt(
  schema: unknown,
  root: JsonSchema,
  found: Set<JsonSchema> = new Set(),
): Set<JsonSchema> {
  if (!isRecord(schema) || found.has(schema)) return found;
  found.add(schema);
  if (typeof schema['$ref'] === 'string') schemasAt(target(schema['$ref'], root), root, found);
  for (const word of ['allOf', 'anyOf', 'oneOf'])
    for (const branch of Array.isArray(schema[word]) ? schema[word] : []) schemasAt(branch, root, found);
  for (const word of ['then', 'else']) schemasAt(schema[word], root, found);
  return found;
}

/** The schemas that may speak about the child `key` of a place that `schemas` speak about. */
export function schemasBelow(schemas: Iterable<JsonSchema>, key: string, root: JsonSchema): Set<JsonSchema> {
  const found = new Set<JsonSchema>();
  for (const schema of schemas) {
    const { properties, patternProperties, prefixItems } = schema;
    if (isRecord(properties) && Object.hasOwn(properties, key)) schemasAt(properties[key], root, found);
    else
      for (const word of ['additionalProperties', 'unevaluatedProperties'])
        schemasAt(schema[word], root, found);
    if (isRecord(patternProperties))
      for (const [pattern, part] of Object.entries(patternProperties))
        if (new RegExp(pattern, 'u').test(key)) schemasAt(part, root, found);
    const first: unknown = Array.isArray(prefixItems) ? prefixItems[Number(key)] : undefined;
    schemasAt(first ?? schema['items'], root, found);
  }
  return found;
}

/** What {@link mapLeaves} calls for each value that is neither object nor list; `undefined` leaves it out. */
export type LeafVisitor = (value: unknown, schemas: ReadonlySet<JsonSchema>, pointer: string) => unknown;

/** A copy of `value` in which each leaf is what `visit` made of it, told which schemas speak about it. */
export function mapLeaves(value: unknown, root: JsonSchema, visit: LeafVisitor): unknown {
  const walk = (part: unknown, schemas: ReadonlySet<JsonSchema>, pointer: string): unknown => {
    if (Array.isArray(part))
      return part
        .map((item, index) => walk(item, schemasBelow(schemas, String(index), root), pointer + step(index)))
        .filter((item) => item !== undefined);
    if (!isRecord(part)) return visit(part, schemas, pointer);
    const entries = Object.entries(part).map(
      ([key, child]) => [key, walk(child, schemasBelow(schemas, key, root), pointer + step(key))] as const,
    );
    return Object.fromEntries(entries.filter(([, child]) => child !== undefined)); // safe for a key "__proto__"
  };
  return walk(value, schemasAt(root, root), '');
}

/** Whether any schema carries the annotation `word: true`. */
export function marked(schemas: Iterable<JsonSchema>, word: 'secret' | 'path'): boolean {
  for (const schema of schemas) if (schema[word] === true) return true;
  return false;
}

/** Turns a string into the number or boolean that its schema wants, where it is exactly one. */
export function coerceLeaf(value: unknown, schemas: Iterable<JsonSchema>): unknown {
  if (typeof value !== 'string') return value;
  const types = new Set([...schemas].flatMap((schema) => schema['type']));
  if (types.has('string')) return value;
  if ((types.has('number') || types.has('integer')) && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value))
    return Number(value);
  if (types.has('boolean') && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}

function target(reference: string, root: JsonSchema): unknown {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return named(reference, root);
  let at: unknown = root;
  for (const key of pointerKeys(decodeURIComponent(reference.slice(1))))
    at = Array.isArray(at) ? at[Number(key)] : isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

// `$ref` by `$anchor` or `$id`: rare, but a secret must not go unseen behind one.
function named(reference: string, part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return undefined;
  const { $anchor, $dynamicAnchor, $id } = part as JsonSchema; // every object in a schema may be one
  if ([`#${String($anchor)}`, `#${String($dynamicAnchor)}`, $id].includes(reference)) return part;
  for (const child of Object.values(part)) {
    const found = named(reference, child);
    if (found !== undefined) return found;
  }
  return undefined;
}
