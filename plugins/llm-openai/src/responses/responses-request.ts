import { isStrictSchema, schemaName } from '@agent-factory/model-kit';
import {
  modelErrors,
  type ModelCapabilities,
  type ModelRequest,
  type ModelTool,
  type ToolChoice,
} from '@agent-factory/sdk/contracts';
import type { AssistantMessage, Message } from '@agent-factory/sdk/domain';

/** Makes a writer of requests; `capabilities` says which models think. */
export function createResponsesWriter(
  provider: string,
  capabilities: (model: string) => ModelCapabilities,
): (request: ModelRequest, stream: boolean) => string {
  // An agent offers the same list of tools turn after turn.
  const written = new WeakMap<readonly ModelTool[], string>();
  const tools = (offered: readonly ModelTool[]): string => {
    let text = written.get(offered);
    if (text === undefined) {
      text = JSON.stringify(
        offered.map(({ name, description, input }) => ({
          type: 'function',
          name,
          description,
          parameters: input,
          strict: false,
        })),
      );
      written.set(offered, text);
    }
    return text;
  };

  return (request, stream) => {
    const { model, responseSchema, toolChoice, reasoningEffort } = request;
    if (request.stop?.length) {
      throw modelErrors.AF_MODEL_UNSUPPORTED({
        provider,
        reason: 'the Responses API knows no texts to stop before.',
        mend: 'Leave out "stop", or set "api: chat" in the configuration of llm-openai.',
      });
    }
    const input = request.messages.flatMap((message) => wireItems(message, provider));
    let body = `{"model":${JSON.stringify(model)},"input":${JSON.stringify(input)},"store":false`;
    const add = (name: string, value: unknown): void => {
      if (value !== undefined) body += `,"${name}":${JSON.stringify(value)}`;
    };
    if (request.tools?.length) {
      body += `,"tools":${tools(request.tools)}`;
      add('tool_choice', toolChoice && wireChoice(toolChoice));
    }
    add('temperature', request.temperature);
    add('max_output_tokens', request.maxOutputTokens);
    const thinks = capabilities(model).reasoning;
    if (thinks !== false && reasoningEffort !== undefined) add('reasoning', { effort: reasoningEffort });
    // Thoughts come back sealed, so that the next turn can go on with them.
    if (thinks === true) add('include', ['reasoning.encrypted_content']);
    if (responseSchema) {
      const name = schemaName(responseSchema);
      const strict = isStrictSchema(responseSchema);
      add('text', { format: { type: 'json_schema', name, schema: responseSchema, strict } });
    }
    if (stream) body += ',"stream":true';
    return `${body}}`;
  };
}

function wireChoice(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', name: choice.tool };
}

function wireItems(message: Message, provider: string): object[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user':
      if (typeof message.content === 'string') return [{ role: 'user', content: message.content }];
      return [
        {
          role: 'user',
          content: message.content.map((part) =>
            part.type === 'text'
              ? { type: 'input_text', text: part.text }
              : { type: 'input_image', image_url: part.url, detail: 'auto' },
          ),
        },
      ];
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.content }];
    case 'assistant':
      return assistantItems(message, provider);
  }
}

function assistantItems({ content, toolCalls, carry }: AssistantMessage, provider: string): object[] {
  const thoughts = carry?.provider === provider && Array.isArray(carry.data) ? carry.data : [];
  return [
    ...(thoughts as object[]), // what `readResponse` put there
    ...(content === '' ? [] : [{ role: 'assistant', content }]),
    ...(toolCalls ?? []).map((call) => ({
      type: 'function_call',
      call_id: call.id,
      name: call.name,
      arguments: call.malformed ?? JSON.stringify(call.input),
    })),
  ];
}
