import type { JsonObject, JsonSchema } from '../json.ts';

/**
 * What a tool asks of whoever started the run: to fill in a form, or to have a model of theirs answer. The answer is a
 * {@link FormAnswer}, or a {@link ModelAnswer}.
 */
export type ToolQuestion =
  | {
      readonly kind: 'form';
      /** What the person is asked. */
      readonly message: string;
      /** JSON Schema of an object whose properties are strings, numbers, booleans, and choices among strings. */
      readonly schema: JsonSchema;
    }
  | {
      readonly kind: 'model';
      readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
      /** What the model is told before. */
      readonly system?: string;
      /** Most tokens of the answer. */
      readonly maxTokens: number;
    };

/** The answer to a form: what was filled in, that it was declined, or that the person went on without. */
export type FormAnswer =
  | { readonly action: 'accept'; readonly content: JsonObject }
  | { readonly action: 'decline' | 'cancel' };

/** What a model of the client's answered. */
export interface ModelAnswer {
  readonly text: string;
  /** Its name, as the client says it. */
  readonly model: string;
}

/** What is answered to a {@link ToolQuestion}. */
export type AnswerTo<Question extends ToolQuestion> = Question extends { readonly kind: 'form' }
  ? FormAnswer
  : ModelAnswer;

const text: JsonSchema = { type: 'string', maxLength: 100_000 };

/** JSON Schema of {@link ToolQuestion}. */
export const toolQuestionSchema: JsonSchema = {
  type: 'object',
  required: ['kind'],
  oneOf: [
    {
      type: 'object',
      properties: { kind: { const: 'form' }, message: text, schema: { type: 'object' } },
      required: ['kind', 'message', 'schema'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        kind: { const: 'model' },
        messages: {
          type: 'array',
          minItems: 1,
          maxItems: 100,
          items: {
            type: 'object',
            properties: { role: { enum: ['user', 'assistant'] }, text },
            required: ['role', 'text'],
            additionalProperties: false,
          },
        },
        system: text,
        maxTokens: { type: 'integer', minimum: 1 },
      },
      required: ['kind', 'messages', 'maxTokens'],
      additionalProperties: false,
    },
  ],
};

/** JSON Schemas of the answers, by the kind of the question. */
export const toolAnswerSchemas: Readonly<Record<ToolQuestion['kind'], JsonSchema>> = {
  form: {
    type: 'object',
    required: ['action'],
    oneOf: [
      {
        type: 'object',
        properties: { action: { const: 'accept' }, content: { type: 'object' } },
        required: ['action', 'content'],
        additionalProperties: false,
      },
      {
        type: 'object',
        properties: { action: { enum: ['decline', 'cancel'] } },
        required: ['action'],
        additionalProperties: false,
      },
    ],
  },
  model: {
    type: 'object',
    properties: { text, model: text },
    required: ['text', 'model'],
    additionalProperties: false,
  },
};
