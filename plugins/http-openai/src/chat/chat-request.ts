import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { textOfParts, userContent, type GivenPart } from '../content.ts';
import { errors } from '../errors.ts';
import { callerToolsOf, refuseTool, type GivenChoice, type GivenFunction } from '../given-tools.ts';
import { historyOf, type GivenTurn } from '../history.ts';
import type { Wish } from '../wish.ts';

/** A message as clients of chat completions send it. */
interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content?: string | readonly GivenPart[] | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: string;
    readonly function: GivenCallText;
  }[];
  readonly tool_call_id?: string;
}

interface GivenCallText {
  readonly name: string;
  readonly arguments: string;
}

/** What a request of chat completions says, as far as it counts here. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly n?: number | null;
  readonly logprobs?: boolean | null;
  readonly modalities?: readonly string[] | null;
  readonly tools?: readonly { readonly type: string; readonly function?: GivenFunction }[];
  readonly tool_choice?: GivenChoice;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: { readonly schema?: JsonSchema };
  };
  readonly user?: string;
  readonly metadata?: JsonObject | null;
}

const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 80 };
const content: JsonSchema = {
  anyOf: [
    { type: ['string', 'null'] },
    {
      type: 'array',
      items: { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] },
    },
  ],
};
const functionOf: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    description: { type: ['string', 'null'] },
    parameters: { type: ['object', 'null'] },
  },
  required: ['name'],
};

/** JSON Schema of {@link ChatRequest}. Clients send more than counts here; what would change the answer is refused. */
export const chatRequestSchema: JsonSchema = {
  type: 'object',
  properties: {
    model: { ...name, description: 'Name of an agent; `routers/<name>`, `workflows/<name>`.' },
    messages: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: {
        type: 'object',
        properties: {
          role: { enum: ['system', 'developer', 'user', 'assistant', 'tool'] },
          content,
          tool_calls: {
            type: ['array', 'null'],
            items: {
              type: 'object',
              properties: {
                id: { type: 'string' },
                function: {
                  type: 'object',
                  properties: { name: { type: 'string' }, arguments: { type: 'string' } },
                  required: ['name', 'arguments'],
                },
              },
              required: ['id', 'function'],
            },
          },
          tool_call_id: { type: 'string' },
        },
        required: ['role'],
      },
    },
    stream: { type: ['boolean', 'null'] },
    stream_options: { type: ['object', 'null'], properties: { include_usage: { type: 'boolean' } } },
    n: { type: ['integer', 'null'] },
    modalities: { type: ['array', 'null'], items: { type: 'string' } },
    tools: {
      type: 'array',
      maxItems: 128,
      items: {
        type: 'object',
        properties: { type: { type: 'string' }, function: functionOf },
        required: ['type'],
      },
    },
    tool_choice: { type: ['string', 'object'] },
    response_format: {
      type: 'object',
      properties: {
        type: { type: 'string' },
        json_schema: { type: 'object', properties: { schema: { type: 'object' } } },
      },
      required: ['type'],
    },
    user: { type: 'string', minLength: 1, maxLength: 200 },
    metadata: { type: ['object', 'null'] },
  },
  required: ['model', 'messages'],
};

/** What a request asks for. */
export function wishOfChat(request: ChatRequest): Wish {
  const { model, messages, n, logprobs, modalities, tools = [], user, metadata } = request;
  const refuse = (what: string, reason: string): never => {
    throw errors.AF_OPENAI_UNSUPPORTED({ what, reason });
  };
  if (typeof n === 'number' && n !== 1) refuse('More than one answer ("n")', 'a run has one');
  if (logprobs) refuse('"logprobs"', 'not all models have them');
  if (modalities?.some((one) => one !== 'text'))
    refuse('Another modality than text', 'agents answer in text');
  const functions = tools.map(({ type, function: given }) =>
    type === 'function' && given ? given : refuseTool(type),
  );
  const callerTools = callerToolsOf(functions, request.tool_choice);
  const output = formatOf(request.response_format);
  return {
    model,
    ...historyOf(messages.map(turnOf)),
    ...(callerTools && { callerTools }),
    ...(output && { output }),
    ...(user !== undefined && { user }),
    ...(metadata && { metadata }),
  };
}

function turnOf(message: ChatMessage): GivenTurn {
  const { role, content: given, tool_calls: calls, tool_call_id: id = '' } = message;
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', text: textOfParts(given) };
    case 'user':
      return { role: 'user', content: userContent(given ?? '') };
    case 'tool':
      return { role: 'tool', id, output: textOfParts(given) };
    case 'assistant':
      return {
        role: 'assistant',
        text: textOfParts(given),
        calls: (calls ?? []).map(({ id: call, function: called }) => ({ id: call, ...called })),
      };
  }
}

function formatOf(format: ChatRequest['response_format']): JsonSchema | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'object' };
  const schema = format.type === 'json_schema' ? format.json_schema?.schema : undefined;
  if (schema) return schema;
  throw errors.AF_OPENAI_UNSUPPORTED({
    what: 'This response_format',
    reason: 'it is neither text, json_object nor a json_schema with its schema',
  });
}
