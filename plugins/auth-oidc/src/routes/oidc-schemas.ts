import type { JsonSchema } from '@agent-factory/sdk';

export const text: JsonSchema = { type: 'string' };
export const time: JsonSchema = {
  type: 'integer',
  minimum: 0,
  description: 'Milliseconds since the epoch.',
};

/** An object of exactly these members, all of them required but those named. */
export function exactly(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}
