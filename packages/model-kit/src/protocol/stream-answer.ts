import type { ModelChunk, ModelResponse } from '@agent-factory/sdk/contracts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { createSseReader } from '../http/sse-reader.ts';
import type { StreamedAnswer, Wire } from './model-protocol.ts';

/** What to do with what a stream brings. */
export interface StreamReading {
  /** Reads one event, or throws. */
  parse(data: string): Wire;
  /** Refuses a whole answer that makes no sense. */
  check(response: ModelResponse | undefined): ModelResponse;
  /** Refuses an answer of that many characters that is too long. */
  checkLength(length: number): void;
  /** The error for a failure that an event told of. */
  reported(failure: unknown): Error;
  /** The error for a stream that ended before the answer did. */
  brokenOff(): Error;
}

/** Reads an answer as it is written. What came in one piece over the network goes on as one piece. */
export async function* streamAnswer(
  answer: HttpAnswer,
  streamed: StreamedAnswer,
  signal: AbortSignal,
  reading: StreamReading,
): AsyncGenerator<ModelChunk, void> {
  const reader = createSseReader();
  let length = 0;
  for (let open = true; open;) {
    const text = await answer.read();
    length += text?.length ?? 0;
    reading.checkLength(length);
    open = text !== undefined;
    for (const data of text === undefined ? reader.end() : reader.feed(text)) {
      if (data === '[DONE]') {
        open = false;
        break;
      }
      streamed.add(reading.parse(data));
      if (streamed.failure !== undefined) throw reading.reported(streamed.failure);
    }
    yield* streamed.take();
  }
  if (!streamed.complete) throw reading.brokenOff();
  signal.throwIfAborted();
  const response = reading.check(streamed.response());
  answer.release(true);
  yield { type: 'finish', response };
}
