import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';

export const text: JsonSchema = { type: 'string' };
export const time: JsonSchema = {
  type: 'integer',
  minimum: 0,
  description: 'Milliseconds since the epoch.',
};
/** Long enough for any password, and short enough that hashing it costs what hashing costs. */
export const passwordSchema: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
export const codeSchema: JsonSchema = {
  type: 'string',
  pattern: '^[0-9]{6}$',
  description: 'What the app of the second factor shows.',
};

/** An object of exactly these members, all of them required but those named. */
export function exactly(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** An answer of one value. */
export function answerOf(description: string, schema: JsonSchema, example: Json): HttpResponseSpec {
  return { description, schema, example };
}

/** Says that it was done. */
export const doneResponse: HttpResponseSpec = answerOf('Done.', exactly({ done: { const: true } }), {
  done: true,
});

/** A session that began, or is under way. */
export const sessionResponse: HttpResponseSpec = answerOf(
  'The session; its cookie is set where it has just begun.',
  exactly({
    account: text,
    csrfToken: { ...text, description: 'Goes with every change, in the header x-csrf-token.' },
    expiresAt: time,
  }),
  {
    account: 'usr_5f0c6d0e9b7a4d3c8e21',
    csrfToken: 'kzN6yYpW1o0o9b6cNf0J0m7mA4Qy2eYw2S3H5t8u1vQ',
    expiresAt: 1_764_979_200_000,
  },
);
