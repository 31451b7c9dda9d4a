import type { ModelCallOptions, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';

/** Answers a request. Yours asks a service here, with `fetch`, and hands `signal` on to it. */
export async function answer(request: ModelRequest, { signal }: ModelCallOptions): Promise<ModelResponse> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  signal.throwIfAborted();
  const last = request.messages.at(-1);
  const told = typeof last?.content === 'string' ? last.content : '';
  const usage = { inputTokens: told.split(/\s+/).length, outputTokens: told.split(/\s+/).length };
  const tool = request.tools?.find(({ name }) => told.startsWith(`${name} {`));
  if (!tool || last?.role !== 'user' || request.toolChoice === 'none')
    return { message: { role: 'assistant', content: told }, finishReason: 'stop', usage };
  const call = {
    id: `call-${request.messages.length}`,
    name: tool.name,
    input: JSON.parse(told.slice(tool.name.length)),
  };
  return {
    message: { role: 'assistant', content: '', toolCalls: [call] },
    finishReason: 'tool_calls',
    usage,
  };
}
