import { createChunkGatherer, type StreamedAnswer, type Wire } from '../protocol/model-protocol.ts';
import { readList, readObject, readText } from '../protocol/wire-fields.ts';
import { newCallId, type WrittenCall } from '../protocol/written-call.ts';
import { readArguments, readContent, toResponse } from './read-completion.ts';

/** A call while it is written. */
interface OpenCall extends WrittenCall {
  id: string;
  name: string;
  arguments: string;
  readonly index: number;
  /** What of the arguments was passed on. */
  told: number;
}

/** Starts an empty answer to a question to the model `asked`. */
export function createStreamedCompletion(asked: string): StreamedAnswer {
  const gatherer = createChunkGatherer();
  let content = '';
  let refused = false;
  let finishReason: unknown;
  let usage: unknown;
  let model: unknown;
  const calls: OpenCall[] = [];
  const byIndex = new Map<unknown, OpenCall>();

  const addCall = (piece: Wire): void => {
    const id = readText(piece['id']);
    const { index } = piece;
    const { name, arguments: text } = readObject(piece['function']);
    // Without an index, a piece with an id begins a call and one without goes on with the last.
    let call = index === undefined ? (id ? undefined : calls.at(-1)) : byIndex.get(index);
    // Some servers give several calls one index; their ids tell them apart.
    if (!call || (id && call.id && id !== call.id)) {
      call = { id: '', name: '', arguments: '', index: calls.length, told: 0 };
      calls.push(call);
      byIndex.set(index, call);
    }
    call.id ||= id;
    call.name ||= readText(name);
    call.arguments += readArguments(text);
    if (call.name === '') return;
    call.id ||= newCallId();
    gatherer.toolCall(call, call.arguments.slice(call.told));
    call.told = call.arguments.length;
  };

  return {
    get complete() {
      return finishReason !== undefined;
    },
    take: gatherer.take,
    add(piece) {
      if (piece['usage']) usage = piece['usage'];
      model ??= piece['model'];
      const choice = readList(piece['choices'])[0];
      if (!choice) return;
      if (choice['finish_reason'] !== undefined && choice['finish_reason'] !== null) {
        finishReason = choice['finish_reason'];
      }
      const delta = readObject(choice['delta']);
      const refusal = readText(delta['refusal']);
      if (refusal) refused = true;
      const text = readContent(delta['content']) + refusal;
      content += text;
      gatherer.reasoning(readText(delta['reasoning_content']) || readText(delta['reasoning']));
      gatherer.text(text);
      for (const call of readList(delta['tool_calls'])) addCall(call);
    },
    response: () => toResponse({ content, refused, calls, finishReason, usage, model, asked }),
  };
}
