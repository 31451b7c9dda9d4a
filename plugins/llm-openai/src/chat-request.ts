import type { ModelRequest, ModelTool } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';

/** Writes requests in the chat completions format. */
export type ChatRequestWriter = (request: ModelRequest, stream: boolean) => string;

/**
 * Makes a writer. `tokenLimit` is what the server calls the limit of output tokens: OpenAI's newer models
 * know only `max_completion_tokens`, several other servers only `max_tokens`.
 */
export function createChatRequestWriter(
  tokenLimit: 'max_tokens' | 'max_completion_tokens',
): ChatRequestWriter {
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
    let body = `{"model":${JSON.stringify(request.model)},"messages":${JSON.stringify(request.messages.map(wireMessage))}`;
    if (request.tools?.length) body += `,"tools":${tools(request.tools)}`;
    if (request.temperature !== undefined) body += `,"temperature":${JSON.stringify(request.temperature)}`;
    if (request.maxOutputTokens !== undefined) {
      body += `,"${tokenLimit}":${JSON.stringify(request.maxOutputTokens)}`;
    }
    if (stream) body += ',"stream":true,"stream_options":{"include_usage":true}';
    return `${body}}`;
  };
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
