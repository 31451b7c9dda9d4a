import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import { textOfParts, userContent, type GivenPart } from '../content.ts';
import { errors } from '../errors.ts';
import { callerToolsOf, refuseTool, type GivenChoice, type GivenFunction } from '../given-tools.ts';
import { historyOf, type GivenTurn } from '../history.ts';
import type { Wish } from '../wish.ts';

/** One item of a conversation as clients of responses send it. */
interface GivenItem {
  readonly type?: string;
  readonly role?: 'system' | 'developer' | 'user' | 'assistant';
  readonly content?: string | readonly GivenPart[];
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly output?: string | readonly GivenPart[];
}

/** What a request of responses says, as far as it counts here. */
export interface ResponsesRequest {
  readonly model: string;
  readonly input: string | readonly GivenItem[];
  readonly instructions?: string | null;
  readonly previous_response_id?: string | null;
  readonly stream?: boolean | null;
  readonly background?: boolean | null;
  readonly conversation?: unknown;
  readonly tools?: readonly ({ readonly type: string } & GivenFunction)[];
  readonly tool_choice?: GivenChoice;
  readonly text?: { readonly format?: { readonly type: string; readonly schema?: JsonSchema } };
  readonly user?: string;
  readonly metadata?: JsonObject | null;
}

const content: JsonSchema = {
  anyOf: [
    { type: 'string' },
    {
      type: 'array',
      items: { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] },
    },
  ],
};

/** JSON Schema of {@link ResponsesRequest}. Clients send more than counts here; what would change the answer is refused. */
export const responsesRequestSchema: JsonSchema = {
  type: 'object',
  properties: {
    model: {
      type: 'string',
      minLength: 1,
      maxLength: 80,
      description: 'Name of an agent; `routers/<name>`, `workflows/<name>`.',
    },
    input: {
      anyOf: [
        { type: 'string', minLength: 1 },
        {
          type: 'array',
          minItems: 1,
          maxItems: 1000,
          items: {
            type: 'object',
            properties: {
              type: { type: 'string' },
              role: { enum: ['system', 'developer', 'user', 'assistant'] },
              content,
              call_id: { type: 'string' },
              name: { type: 'string' },
              arguments: { type: 'string' },
              output: content,
            },
          },
        },
      ],
    },
    instructions: { type: ['string', 'null'] },
    previous_response_id: { type: ['string', 'null'], maxLength: 200 },
    stream: { type: ['boolean', 'null'] },
    background: { type: ['boolean', 'null'] },
    tools: {
      type: 'array',
      maxItems: 128,
      items: {
        type: 'object',
        properties: {
          type: { type: 'string' },
          name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
          description: { type: ['string', 'null'] },
          parameters: { type: ['object', 'null'] },
        },
        required: ['type'],
      },
    },
    tool_choice: { type: ['string', 'object'] },
    text: {
      type: 'object',
      properties: {
        format: {
          type: 'object',
          properties: { type: { type: 'string' }, schema: { type: 'object' } },
          required: ['type'],
        },
      },
    },
    user: { type: 'string', minLength: 1, maxLength: 200 },
    metadata: { type: ['object', 'null'] },
  },
  required: ['model', 'input'],
};

/** What a request asks for, without what went before it. */
export function wishOfResponses(request: ResponsesRequest): Wish {
  const { model, input, instructions, tools = [], user, metadata } = request;
  if (request.background)
    throw errors.AF_OPENAI_UNSUPPORTED({ what: '"background"', reason: 'POST /api/v1/runs does that' });
  if (request.conversation !== undefined && request.conversation !== null)
    throw errors.AF_OPENAI_UNSUPPORTED({ what: '"conversation"', reason: 'it is kept by nobody here' });
  const functions = tools.map((tool) => (tool.type === 'function' ? tool : refuseTool(tool.type)));
  const callerTools = callerToolsOf(functions, request.tool_choice);
  const output = formatOf(request.text?.format);
  const asked: readonly GivenItem[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const turns = joined(asked.flatMap(turnsOf));
  const system: readonly GivenTurn[] = instructions ? [{ role: 'system', text: instructions }] : [];
  return {
    model,
    ...historyOf([...system, ...turns]),
    ...(callerTools && { callerTools }),
    ...(output && { output }),
    ...(user !== undefined && { user }),
    ...(metadata && { metadata }),
  };
}

function turnsOf(item: GivenItem): readonly GivenTurn[] {
  const { type = 'message', role, content: given, call_id: id = '' } = item;
  if (type === 'reasoning') return []; // a model's own, which nobody can give back to another
  if (type === 'function_call') {
    const { name = '', arguments: text = '{}' } = item;
    return [{ role: 'assistant', text: '', calls: [{ id, name, arguments: text }] }];
  }
  if (type === 'function_call_output') return [{ role: 'tool', id, output: textOfParts(item.output) }];
  if (type !== 'message' || role === undefined)
    throw errors.AF_OPENAI_UNSUPPORTED({
      what: `An item of the type "${type.slice(0, 60)}"`,
      reason: 'a conversation is made of messages, function calls and their outputs',
    });
  if (role === 'assistant') return [{ role, text: textOfParts(given), calls: [] }];
  if (role === 'user') return [{ role, content: userContent(given ?? '') }];
  return [{ role: 'system', text: textOfParts(given) }];
}

/** What an assistant said and wanted in one turn is one turn to a model. */
function joined(turns: readonly GivenTurn[]): readonly GivenTurn[] {
  const whole: GivenTurn[] = [];
  for (const turn of turns) {
    const last = whole.at(-1);
    if (turn.role === 'assistant' && last?.role === 'assistant')
      whole[whole.length - 1] = {
        role: 'assistant',
        text: last.text + turn.text,
        calls: [...last.calls, ...turn.calls],
      };
    else whole.push(turn);
  }
  return whole;
}

function formatOf(format: NonNullable<ResponsesRequest['text']>['format']): JsonSchema | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'object' };
  if (format.type === 'json_schema' && format.schema) return format.schema;
  throw errors.AF_OPENAI_UNSUPPORTED({
    what: 'This format of the text',
    reason: 'it is neither text, json_object nor a json_schema with its schema',
  });
}
