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
  const steps = pointer.split('/').slice(1);
  return steps.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The schema of the child `key`, as far as `properties`, `items` and `additionalProperties` tell. */
export function schemaBelow(schema: JsonSchema, key: string): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  const isProperty = isRecord(properties) && Object.hasOwn(properties, key);
  const isItem = isRecord(items) && /^\d+$/.test(key);
  const below = isProperty ? properties[key] : isItem ? items : additionalProperties;
  return isRecord(below) ? below : {};
}

/** What {@link mapLeaves} calls for each value that is neither object nor list; `undefined` leaves it out. */
export type LeafVisitor = (value: unknown, schema: JsonSchema, pointer: string) => unknown;

/** A copy of `value` in which each leaf is what `visit` made of it, told the leaf's schema. */
export function mapLeaves(value: unknown, schema: JsonSchema, visit: LeafVisitor, pointer = ''): unknown {
  if (typeof value !== 'object' || value === null) return visit(value, schema, pointer);
  const entries = Object.entries(value)
    .map(([key, child]) => {
      return [key, mapLeaves(child, schemaBelow(schema, key), visit, pointer + step(key))] as const;
    })
    .filter(([, child]) => child !== undefined);
  // Not by assignment, which a key named "__proto__" would turn against us.
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

/** Turns a text into the number or boolean that its schema wants, where it is exactly one. */
export function coerceLeaf(value: unknown, schema: JsonSchema): unknown {
  const types = [schema['type']].flat();
  if (typeof value !== 'string' || types.includes('string')) return value;
  const wantsNumber = types.includes('number') || types.includes('integer');
  if (wantsNumber && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)) return Number(value);
  if (types.includes('boolean') && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}

const mark = /"(?:secret|path)":true/g;

/** Whether a schema marks a `secret` or `path` where {@link schemaBelow} would not see it. */
export function hidesMarks(schema: JsonSchema): boolean {
  const text = JSON.stringify(schema);
  const marks = text.match(mark)?.length ?? 0;
  return marks > 0 && (/"\$(ref|dynamicRef)"/.test(text) || marks !== marksSeen(schema));
}

function marksSeen(schema: unknown): number {
  if (!isRecord(schema)) return 0;
  const { properties, items, additionalProperties, secret, path } = schema;
  const below = [...Object.values(properties ?? {}), items, additionalProperties];
  const here = Number(secret === true) + Number(path === true);
  return below.reduce<number>((sum, part) => sum + marksSeen(part), here);
}
