import { createParser } from 'eventsource-parser';
import { AgentFactoryClientError, clientError, isProblem, problemError } from './errors.ts';
import { pause } from './pause.ts';

/** A server-sent event (WHATWG HTML, 9.2). */
export interface ServerSentEvent {
  /** What a stream that is gone on with begins behind. */
  readonly id?: string;
  readonly event?: string;
  /** JSON, or the text that it is. */
  readonly data: unknown;
}

/** How a stream is read. */
export interface EventReading {
  /** For messages. */
  readonly request: string;
  /** Opens it behind an event, or from its beginning. */
  open(lastEventId: string | undefined): Promise<Response>;
  /** Asked when the stream ended by itself: whether there is more to come. */
  goesOn?(last: ServerSentEvent | undefined): Promise<boolean>;
  /** How often in a row it may be opened again and give nothing. */
  readonly retries: number;
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
}

const usualPauseMs = 1000;

/** The events of a stream, each once: a stream that is cut is opened again behind the last event that had an id. */
export async function* readEvents(reading: EventReading): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { request, open, goesOn, retries, signal } = reading;
  let last: ServerSentEvent | undefined;
  let lastId: string | undefined;
  let pauseMs = usualPauseMs;
  for (let inVain = 0; ; inVain++) {
    try {
      for await (const event of eventsOf(await open(lastId), reading, (ms) => (pauseMs = ms))) {
        if (event.event === 'problem' && isProblem(event.data)) throw problemError(event.data);
        last = event;
        if (event.id !== undefined) lastId = event.id;
        inVain = 0;
        yield event;
      }
      if (!(await goesOn?.(last))) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof AgentFactoryClientError && !error.retryable) throw error;
      const { message } = error as Error; // of fetch, or ours
      if (inVain >= retries || (last && last.id === undefined))
        throw error instanceof AgentFactoryClientError
          ? error
          : clientError('AF_CLIENT_STREAM_CUT', { request, reason: message }, error);
    }
    await pause(pauseMs, signal);
  }
}

/** One connection. Fails when nothing comes for too long: a network that is gone tells nobody. */
async function* eventsOf(
  { body }: Response,
  { idleMs }: EventReading,
  retryIn: (ms: number) => void,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (!body) return;
  const ready: ServerSentEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      ready.push({
        ...(id !== undefined && { id }),
        ...(event !== undefined && { event }),
        data: parsed(data),
      }),
    onRetry: retryIn,
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    while (true) {
      const { done, value } = await within(idleMs, reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      while (ready.length > 0) yield ready.shift() as ServerSentEvent; // there is one
    }
  } finally {
    // It may have failed already, and nobody reads it any more.
    reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`nothing came for ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
