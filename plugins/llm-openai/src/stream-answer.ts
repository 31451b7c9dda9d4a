import type { ModelChunk, ModelResponse } from '@agent-factory/sdk/contracts';
import type { WireCompletion } from './chat-wire.ts';
import type { HttpAnswer } from './http-answer.ts';
import { createSseReader } from './sse-reader.ts';
import { createStreamedCompletion } from './streamed-completion.ts';

/** What to do with what a stream brings. */
export interface StreamReading {
  /** Reads one event, or throws. */
  parse(data: string): WireCompletion;
  /** Refuses a whole answer that makes no sense. */
  check(response: ModelResponse | undefined): ModelResponse;
  /** Refuses an answer of that many characters that is too long. */
  checkLength(length: number): void;
  /** The error for a stream that ended before the answer did. */
  brokenOff(): Error;
}

/** Reads an answer as it is written. What came in one piece over the network goes on as one piece. */
export async function* streamAnswer(
  answer: HttpAnswer,
  signal: AbortSignal,
  reading: StreamReading,
): AsyncGenerator<ModelChunk, void> {
  const reader = createSseReader();
  const completion = createStreamedCompletion();
  let length = 0;
  for (let open = true; open;) {
    const text = await answer.read();
    length += text?.length ?? 0;
    reading.checkLength(length);
    open = text !== undefined;
    let piece = '';
    for (const data of text === undefined ? reader.end() : reader.feed(text)) {
      if (data === '[DONE]') {
        open = false;
        break;
      }
      piece += completion.add(reading.parse(data));
    }
    if (piece !== '') yield { type: 'text', text: piece };
  }
  if (!completion.complete) throw reading.brokenOff();
  signal.throwIfAborted();
  const response = reading.check(completion.response());
  answer.release(true);
  yield { type: 'finish', response };
}
