import type { Json, JsonObject, JsonSchema } from '../json.ts';

/** A piece of a message that is more than text. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  /** `url` is an address, or the image itself: `data:image/png;base64,…`. */
  | { readonly type: 'image'; readonly mediaType: string; readonly url: string };

/** A model's wish to have a tool called. */
export interface ToolCall {
  /** Unique within its run. */
  readonly id: string;
  /** Name of the tool. */
  readonly name: string;
  /** The arguments, parsed. */
  readonly input: JsonObject;
  /** The text the model wrote, where it is no JSON object; `input` is then empty and the call is not made. */
  readonly malformed?: string;
}

/** One turn of a conversation, in the shape every model provider understands. */
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | AssistantMessage
  | {
      readonly role: 'tool';
      /** The call this answers. */
      readonly toolCallId: string;
      /** The tool's name. */
      readonly name: string;
      /** The result as text; JSON for anything but a string. */
      readonly content: string;
      /** The tool failed; `content` says how. */
      readonly isError?: boolean;
    };

/** What a model answers: text, tool calls, or both. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: string;
  readonly toolCalls?: readonly ToolCall[];
  /** What the provider that answered wants to be given back as it is, its signed thoughts for example. */
  readonly carry?: { readonly provider: string; readonly data: Json };
}

/** The text of a message, with everything but text left out. */
export function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** JSON Schema of {@link AssistantMessage}. */
export const assistantMessageSchema: JsonSchema = {
  type: 'object',
  properties: {
    role: { const: 'assistant' },
    content: { type: 'string' },
    toolCalls: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          name: { type: 'string' },
          input: { type: 'object' },
          malformed: { type: 'string' },
        },
        required: ['id', 'name', 'input'],
        additionalProperties: false,
      },
    },
    carry: {
      type: 'object',
      properties: { provider: { type: 'string' }, data: {} },
      required: ['provider', 'data'],
      additionalProperties: false,
    },
  },
  required: ['role', 'content'],
  additionalProperties: false,
};

/** JSON Schema of {@link Message}. */
export const messageSchema: JsonSchema = {
  type: 'object',
  required: ['role', 'content'],
  // Each asks for the role itself, so that whoever reads only one of them sees what tells them apart.
  oneOf: [
    {
      properties: { role: { const: 'system' }, content: { type: 'string' } },
      required: ['role'],
      additionalProperties: false,
    },
    {
      properties: {
        role: { const: 'user' },
        content: {
          oneOf: [
            { type: 'string' },
            {
              type: 'array',
              items: {
                oneOf: [
                  {
                    type: 'object',
                    properties: { type: { const: 'text' }, text: { type: 'string' } },
                    required: ['type', 'text'],
                    additionalProperties: false,
                  },
                  {
                    type: 'object',
                    properties: {
                      type: { const: 'image' },
                      mediaType: { type: 'string' },
                      url: { type: 'string' },
                    },
                    required: ['type', 'mediaType', 'url'],
                    additionalProperties: false,
                  },
                ],
              },
            },
          ],
        },
      },
      required: ['role'],
      additionalProperties: false,
    },
    assistantMessageSchema,
    {
      properties: {
        role: { const: 'tool' },
        toolCallId: { type: 'string' },
        name: { type: 'string' },
        content: { type: 'string' },
        isError: { type: 'boolean' },
      },
      required: ['role', 'toolCallId', 'name'],
      additionalProperties: false,
    },
  ],
};
