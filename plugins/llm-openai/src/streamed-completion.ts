import type { ModelResponse } from '@agent-factory/sdk/contracts';
import type { WireCompletion, WireToolCall } from './chat-wire.ts';
import { readArguments, readContent, readText, toResponse, type WrittenCall } from './read-completion.ts';

/** An answer put together from the pieces of a stream. */
export interface StreamedCompletion {
  /** Takes a piece and gives the text it adds to the answer. */
  add(piece: WireCompletion): string;
  /** Whether the model said that it had finished. */
  readonly complete: boolean;
  /** The answer so far. */
  response(): ModelResponse;
}

/** Starts an empty answer. */
export function createStreamedCompletion(): StreamedCompletion {
  let content = '';
  let refused = false;
  let finishReason: unknown;
  let usage: WireCompletion['usage'];
  const calls: { -readonly [Key in keyof WrittenCall]: WrittenCall[Key] }[] = [];
  const byIndex = new Map<unknown, (typeof calls)[number]>();

  const addCall = (piece: WireToolCall): void => {
    const id = readText(piece.id);
    // Without an index, a piece with an id begins a call and one without goes on with the last.
    let call = piece.index === undefined ? (id ? undefined : calls.at(-1)) : byIndex.get(piece.index);
    // Some servers give several calls one index; their ids tell them apart.
    if (!call || (id && call.id && id !== call.id)) {
      call = { id: '', name: '', arguments: '' };
      calls.push(call);
      byIndex.set(piece.index, call);
    }
    call.id ||= id;
    call.name ||= readText(piece.function?.name);
    call.arguments += readArguments(piece.function?.arguments);
  };

  return {
    get complete() {
      return finishReason !== undefined;
    },
    add(piece) {
      if (piece.usage) usage = piece.usage;
      const choice = Array.isArray(piece.choices) ? piece.choices[0] : undefined;
      if (!choice) return '';
      if (choice.finish_reason !== undefined && choice.finish_reason !== null) {
        finishReason = choice.finish_reason;
      }
      const delta = choice.delta;
      if (typeof delta !== 'object' || delta === null) return '';
      if (Array.isArray(delta.tool_calls)) {
        for (const call of delta.tool_calls) if (call) addCall(call);
      }
      const refusal = readText(delta.refusal);
      if (refusal) refused = true;
      const text = readContent(delta.content) + refusal;
      content += text;
      return text;
    },
    response: () => toResponse({ content, refused, calls, finishReason, usage }),
  };
}
