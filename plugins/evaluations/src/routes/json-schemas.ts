import type { JsonSchema } from '@agent-factory/sdk';

/** JSON Schema of a text. */
export const text: JsonSchema = { type: 'string' };

/** JSON Schema of a whole number from 0. */
export const count: JsonSchema = { type: 'integer', minimum: 0 };

/** JSON Schema of an object with these properties and no others. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = Object.keys(properties),
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** JSON Schema of a list. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}
