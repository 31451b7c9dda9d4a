import {
  createChunkGatherer,
  readObject,
  readText,
  type StreamedAnswer,
  type Wire,
} from '@agent-factory/model-kit';
import { readResponse } from './read-response.ts';

/** A call while it is written. */
interface OpenCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** Whether pieces of its arguments came; without any, they come whole at its end. */
  begun: boolean;
}

/** Starts an empty answer to a question to the model `asked`. */
export function createStreamedResponse(provider: string, asked: string): StreamedAnswer {
  const gatherer = createChunkGatherer();
  const calls = new Map<unknown, OpenCall>();
  let last: Wire | undefined;
  let failure: unknown;

  const open = (event: Wire): OpenCall | undefined => {
    const item = readObject(event['item']);
    const key = event['output_index'];
    if (item['type'] !== 'function_call') return undefined;
    let call = calls.get(key);
    if (!call) {
      const id = readText(item['call_id']) || readText(item['id']);
      call = { index: calls.size, id, name: readText(item['name']), begun: false };
      calls.set(key, call);
    }
    return call;
  };
  const write = (call: OpenCall | undefined, text: string): void => {
    if (!call) return;
    gatherer.toolCall(call, text);
    call.begun ||= text !== '';
  };

  return {
    get complete() {
      return last !== undefined;
    },
    get failure() {
      return failure;
    },
    take: gatherer.take,
    add(event) {
      switch (event['type']) {
        case 'response.output_text.delta':
        case 'response.refusal.delta':
          return gatherer.text(readText(event['delta']));
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          return gatherer.reasoning(readText(event['delta']));
        case 'response.output_item.added':
          return write(open(event), '');
        case 'response.function_call_arguments.delta':
          return write(calls.get(event['output_index']), readText(event['delta']));
        case 'response.output_item.done': {
          const call = open(event);
          if (call && !call.begun) write(call, readText(readObject(event['item'])['arguments']));
          return;
        }
        case 'response.completed':
        case 'response.incomplete':
          last = readObject(event['response']);
          return;
        case 'response.failed':
          failure = readObject(event['response'])['error'] ?? 'the answer failed.';
          return;
        case 'error':
          // The error is the event itself.
          failure = { code: event['code'], message: event['message'] };
          return;
        default: // tells how far it is
      }
    },
    response: () => last && readResponse(last, provider, asked),
  };
}
