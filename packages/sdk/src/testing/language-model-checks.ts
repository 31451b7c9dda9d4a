import assert from 'node:assert/strict';
import type { ModelChunk, ModelResponse, ModelTool } from '../contracts/language-model.ts';
import type { JsonObject } from '../json.ts';

/** Checks the shape of an answer. */
export function assertResponse(response: ModelResponse): void {
  assert.equal(response.message.role, 'assistant');
  assert.equal(typeof response.message.content, 'string');
  const { inputTokens, outputTokens, cachedInputTokens = 0, reasoningTokens = 0 } = response.usage;
  for (const count of Object.values(response.usage)) {
    assert.ok(Number.isSafeInteger(count) && count >= 0, `usage is ${count}`);
  }
  assert.ok(
    cachedInputTokens + (response.usage.cacheWriteTokens ?? 0) <= inputTokens,
    'more cached than read',
  );
  assert.ok(reasoningTokens <= outputTokens, 'more thought than written');
  assert.deepEqual(JSON.parse(JSON.stringify(response)), response, 'the answer is not plain JSON');
}

/** Checks that the answer is one call of the tool. */
export function assertCallsTool(
  response: ModelResponse,
  { tool, toolInput }: { readonly tool: ModelTool; readonly toolInput: JsonObject },
): void {
  assert.equal(response.finishReason, 'tool_calls');
  const calls = response.message.toolCalls ?? [];
  assert.equal(calls.length, 1, 'one tool call was expected');
  assert.equal(calls[0]?.name, tool.name);
  assert.deepEqual(calls[0]?.input, toolInput);
  assert.equal(calls[0]?.malformed, undefined);
  assert.ok(calls[0]?.id, 'the call has no id');
}

/** Checks that the pieces make up the answer at their end, and gives it. */
export function assertStream(chunks: readonly ModelChunk[]): ModelResponse {
  const last = chunks.at(-1);
  assert.equal(last?.type, 'finish', 'the last piece is no finish');
  let text = '';
  const inputs: string[] = [];
  const calls = last.response.message.toolCalls ?? [];
  for (const chunk of chunks.slice(0, -1)) {
    assert.notEqual(chunk.type, 'finish', 'something came after the finish');
    if (chunk.type === 'text') {
      assert.notEqual(chunk.text, '', 'a piece is empty');
      text += chunk.text;
    } else if (chunk.type === 'tool_call.delta') {
      const call = calls[chunk.index];
      assert.deepEqual([chunk.id, chunk.name], [call?.id, call?.name], 'a piece belongs to no call');
      inputs[chunk.index] = (inputs[chunk.index] ?? '') + chunk.input;
    }
  }
  for (const [n, input] of inputs.entries()) {
    if (calls[n] && input && calls[n].malformed === undefined)
      assert.deepEqual(JSON.parse(input), calls[n].input);
  }
  assertResponse(last.response);
  assert.equal(text, last.response.message.content);
  return last.response;
}

/** Makes a value refuse every change. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
