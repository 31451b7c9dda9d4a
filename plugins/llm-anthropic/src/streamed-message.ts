import {
  createChunkGatherer,
  readCount,
  readObject,
  readText,
  type StreamedAnswer,
  type Wire,
} from '@agent-factory/model-kit';
import { toResponse } from './read-message.ts';

/** A block while it is written. */
type OpenBlock = Record<string, unknown>;

/** Starts an empty answer to a question to the model `asked`; `answerTool`: the tool whose input is the answer. */
export function createStreamedMessage(
  provider: string,
  asked: string,
  answerTool: string | undefined,
): StreamedAnswer {
  const gatherer = createChunkGatherer();
  const blocks: OpenBlock[] = [];
  const inputs = new Map<number, string>();
  const callIndexes = new Map<number, number>();
  let stopReason: unknown;
  let usage: Wire = {};
  let model: unknown;
  let stopped = false;
  /** Where the answer may be a tool's input, text is held back until it shows which it is. */
  let held = '';
  let answering: number | undefined;

  const begin = (place: number, block: OpenBlock): void => {
    blocks[place] = block;
    if (block['type'] === 'text') {
      const text = readText(block['text']);
      block['text'] = '';
      return write(place, { type: 'text_delta', text });
    }
    if (block['type'] !== 'tool_use') return;
    if (block['name'] === answerTool) answering ??= place;
    else {
      callIndexes.set(place, callIndexes.size);
      tell(place, '');
    }
  };
  const tell = (place: number, input: string): void => {
    const index = callIndexes.get(place);
    if (index === undefined) return;
    const { id, name } = blocks[place] ?? {};
    gatherer.toolCall({ index, id: readText(id), name: readText(name) }, input);
  };
  const write = (place: number, delta: Wire): void => {
    const block = blocks[place];
    if (!block) return;
    switch (delta['type']) {
      case 'text_delta': {
        const text = readText(delta['text']);
        block['text'] = readText(block['text']) + text;
        if (answerTool === undefined) gatherer.text(text);
        else held += text;
        return;
      }
      case 'thinking_delta':
        block['thinking'] = readText(block['thinking']) + readText(delta['thinking']);
        return gatherer.reasoning(readText(delta['thinking']));
      case 'signature_delta':
        block['signature'] = readText(delta['signature']);
        return;
      case 'input_json_delta': {
        const text = readText(delta['partial_json']);
        inputs.set(place, (inputs.get(place) ?? '') + text);
        return tell(place, text);
      }
      default: // citations and what is not known yet
    }
  };
  const answerOf = (place: number): string =>
    inputs.get(place) ?? JSON.stringify(blocks[place]?.['input'] ?? {});
  const end = (): void => {
    stopped = true;
    if (answerTool === undefined) return;
    const isAnswer = answering !== undefined && callIndexes.size === 0;
    gatherer.text(isAnswer ? answerOf(answering ?? 0) : held);
  };

  return {
    get complete() {
      return stopped;
    },
    take: gatherer.take,
    add(event) {
      const place = readCount(event['index']) ?? 0;
      switch (event['type']) {
        case 'message_start': {
          const message = readObject(event['message']);
          usage = readObject(message['usage']);
          model = message['model'];
          return;
        }
        case 'content_block_start':
          return begin(place, { ...readObject(event['content_block']) });
        case 'content_block_delta':
          return write(place, readObject(event['delta']));
        case 'message_delta':
          stopReason = readObject(event['delta'])['stop_reason'] ?? stopReason;
          // Counts are of the whole answer so far; those not named stay as they were.
          usage = { ...usage, ...present(readObject(event['usage'])) };
          return;
        case 'message_stop':
          return end();
        default: // ping, content_block_stop, and what is not known yet
      }
    },
    response: () =>
      toResponse({ content: blocks, inputs, stopReason, usage, model }, provider, asked, answerTool),
  };
}

function present(usage: Wire): Wire {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}
