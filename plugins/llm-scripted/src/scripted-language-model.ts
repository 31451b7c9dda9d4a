import type { Json, JsonObject } from '@agent-factory/sdk';
import type { LanguageModel, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import { chooseReply, placeOf, type ScriptPlace } from './choose-step.ts';
import type { ScriptedConfig, ScriptReply } from './config.ts';
import { scriptedError } from './errors.ts';

/** Answers word for word what its scripts say. */
export function createScriptedLanguageModel(config: ScriptedConfig): LanguageModel {
  const prepare = (
    request: ModelRequest,
  ): { reply: ScriptReply; pieces: string[]; response: ModelResponse } => {
    const place = placeOf(request);
    const reply = chooseReply(config, request, place);
    const text = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(fillJson(reply.json, place));
    const pieces =
      reply.chunks?.map((piece) => fill(piece, place)) ??
      words(reply.json === undefined ? fill(text, place) : text);
    return { reply, pieces, response: respond(reply, pieces.join(''), place, request) };
  };

  return {
    provider: config.provider,
    description: 'Exact scripts for tests and demos; no language model.',
    available: Object.keys(config.scripts).length > 0,
    capabilities: async () => ({ streaming: true, tools: true, structuredOutput: 'prompted' }),
    async generate(request, { signal }) {
      signal.throwIfAborted();
      const { reply, response } = prepare(request);
      await wait(reply.delayMs, signal);
      if (reply.error) throw scriptedError(reply.error);
      return response;
    },
    async *stream(request, { signal }) {
      signal.throwIfAborted();
      const { reply, pieces, response } = prepare(request);
      await wait(reply.delayMs, signal);
      for (const [n, text] of pieces.entries()) {
        if (n > 0) await wait(reply.chunkDelayMs, signal);
        if (text !== '') yield { type: 'text', text };
        signal.throwIfAborted();
      }
      for (const [index, call] of (response.message.toolCalls ?? []).entries()) {
        const input = call.malformed ?? JSON.stringify(call.input);
        yield { type: 'tool_call.delta', index, id: call.id, name: call.name, input };
        signal.throwIfAborted();
      }
      if (reply.error) throw scriptedError(reply.error);
      yield { type: 'finish', response };
    },
  };
}

function respond(
  reply: ScriptReply,
  content: string,
  place: ScriptPlace,
  request: ModelRequest,
): ModelResponse {
  const toolCalls = (reply.toolCalls ?? []).map((call, n) => ({
    id: call.id ?? `call_${place.turn}_${place.position}_${n}`,
    name: call.name,
    input: fillObject(call.input ?? {}, place),
    ...(call.malformed !== undefined && { malformed: call.malformed }),
  }));
  return {
    message: { role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) },
    finishReason: reply.finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: reply.usage ?? {
      inputTokens: tokens(request.messages.reduce((sum, message) => sum + textOf(message).length, 0)),
      outputTokens: tokens(content.length),
    },
  };
}

function words(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === '' ? [] : [text]);
}

/** One pass, so that what was filled in is not filled again. */
function fill(text: string, place: ScriptPlace): string {
  return text.replace(/\{\{\s*(input|toolResult)\s*\}\}/g, (_, name: 'input' | 'toolResult') => place[name]);
}

function fillObject(input: JsonObject, place: ScriptPlace): JsonObject {
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, fillJson(value, place)]));
}

function fillJson(value: Json, place: ScriptPlace): Json {
  if (typeof value === 'string') return fill(value, place);
  if (Array.isArray(value)) return value.map((item: Json) => fillJson(item, place));
  return typeof value === 'object' && value !== null ? fillObject(value as JsonObject, place) : value;
}

/** About four characters make a token. */
function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}

async function wait(ms: number | undefined, signal: AbortSignal): Promise<void> {
  await (ms ? passed(ms, signal) : undefined);
  signal.throwIfAborted();
}

/** Until the time has passed or the signal aborts. Node's own timers are not there for isolated plugins. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return promise;
}
