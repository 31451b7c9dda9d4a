import type { JsonSchema } from '@agent-factory/sdk';
import type { ModelRequest, ModelTool, ToolChoice } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { isStrictSchema, schemaName } from '../protocol/strict-schema.ts';

/** In what servers of Chat Completions differ. */
export interface ChatQuirks {
  /**
   * What the limit of output tokens is called: OpenAI's newer models know only `max_completion_tokens`, several
   * other servers only `max_tokens`.
   */
  readonly tokenLimit: 'max_tokens' | 'max_completion_tokens';
  /** How JSON of a schema is asked for: by the schema, as any JSON with the schema in words, or in words alone. */
  readonly structuredOutput: 'json_schema' | 'json_object' | 'prompt';
  /** Whether a stream may be asked for its usage. */
  readonly streamUsage: boolean;
  /** Whether a model thinks; one that is known not to is not asked to. Default: not known. */
  readonly thinks?: (model: string) => boolean | undefined;
}

/** Writes requests in the chat completions format. */
export type ChatRequestWriter = (request: ModelRequest, stream: boolean) => string;

/** Makes a writer for servers with these quirks. */
export function createChatRequestWriter(quirks: ChatQuirks): ChatRequestWriter {
  // An agent offers the same list of tools turn after turn, and their schemas are most of a small request.
  const written = new WeakMap<readonly ModelTool[], string>();
  const tools = (offered: readonly ModelTool[]): string => {
    let text = written.get(offered);
    if (text === undefined) {
      text = JSON.stringify(
        offered.map(({ name, description, input }) => ({
          type: 'function',
          function: { name, description, parameters: input },
        })),
      );
      written.set(offered, text);
    }
    return text;
  };

  return (request, stream) => {
    const { responseSchema, toolChoice, stop, seed, reasoningEffort } = request;
    const messages = request.messages.map(wireMessage);
    if (responseSchema && quirks.structuredOutput !== 'json_schema') messages.push(inWords(responseSchema));
    let body = `{"model":${JSON.stringify(request.model)},"messages":${JSON.stringify(messages)}`;
    const add = (name: string, value: unknown): void => {
      if (value !== undefined) body += `,"${name}":${JSON.stringify(value)}`;
    };
    if (request.tools?.length) {
      body += `,"tools":${tools(request.tools)}`;
      add('tool_choice', toolChoice && wireChoice(toolChoice));
    }
    add('temperature', request.temperature);
    add(quirks.tokenLimit, request.maxOutputTokens);
    if (stop?.length) add('stop', stop);
    add('seed', seed);
    if (quirks.thinks?.(request.model) !== false) add('reasoning_effort', reasoningEffort);
    if (responseSchema) add('response_format', responseFormat(responseSchema, quirks));
    if (stream) body += ',"stream":true';
    if (stream && quirks.streamUsage) body += ',"stream_options":{"include_usage":true}';
    return `${body}}`;
  };
}

function wireChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.tool } };
}

function responseFormat(schema: JsonSchema, { structuredOutput }: ChatQuirks): object | undefined {
  if (structuredOutput === 'prompt') return undefined;
  if (structuredOutput === 'json_object') return { type: 'json_object' };
  const json_schema = { name: schemaName(schema), schema, strict: isStrictSchema(schema) };
  return { type: 'json_schema', json_schema };
}

/** For servers that cannot be given the schema itself. */
function inWords(schema: JsonSchema): object {
  const text = `Answer with one JSON object and nothing else; it has to fit this JSON Schema: ${JSON.stringify(schema)}`;
  return { role: 'system', content: text };
}

function wireMessage(message: Message): object {
  switch (message.role) {
    case 'system':
      return message;
    case 'user':
      return typeof message.content === 'string'
        ? message
        : {
            role: 'user',
            content: message.content.map((part) =>
              part.type === 'text' ? part : { type: 'image_url', image_url: { url: part.url } },
            ),
          };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
    case 'assistant':
      if (!message.toolCalls?.length) return { role: 'assistant', content: message.content };
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        tool_calls: message.toolCalls.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.malformed ?? JSON.stringify(call.input) },
        })),
      };
  }
}
