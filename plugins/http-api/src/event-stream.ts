import { once } from 'node:events';
import type { Json, Logger } from '@agent-factory/sdk';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';
import { endWith, type Exchange } from './exchange.ts';
import { problemOf, publicError } from './problem.ts';
import { commonHeaders, cutIfLate } from './write-problem.ts';

/** How an event stream is written. */
export interface EventStreamOptions {
  /** Milliseconds between comments that keep an idle connection open. */
  readonly heartbeatMs: number;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly log: Logger;
}

/**
 * Begins to write server-sent events (WHATWG HTML, 9.2), and goes on by itself, waiting for a slow client. Ends with
 * the source; or early, which also ends the source, and the client comes back with `Last-Event-ID`. A source that
 * fails is told to the client as an event named `problem`.
 */
export function writeEventStream(
  exchange: Exchange,
  events: AsyncIterable<ServerSentEvent>,
  { heartbeatMs, headers, log }: EventStreamOptions,
): void {
  const { request, response } = exchange;
  const source = events[Symbol.asyncIterator]();
  response.writeHead(200, {
    ...exchange.headers,
    ...headers,
    ...commonHeaders(exchange.requestId),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  if (request.method === 'HEAD') {
    response.end();
    void close(source);
    return;
  }
  // Sent by themselves, the headers are made one text; else each of their parts is kept as long as the stream.
  response.cork();
  response.flushHeaders();
  response.write('retry: 1000\n\n');
  response.uncork();
  forgetRouting(request);
  void pass(exchange, source, heartbeatMs, log);
}

/** Writes what the source gives until one of them ends. Never rejects. */
async function pass(
  exchange: Exchange,
  source: AsyncIterator<ServerSentEvent>,
  heartbeatMs: number,
  log: Logger,
): Promise<void> {
  const { response } = exchange;
  const forget = endWith(exchange.retired, exchange);
  const heartbeat = setInterval(keepAlive, heartbeatMs, response);
  let done = false;
  try {
    while (!done) {
      const step = await exchange.until(source.next());
      if (step.done) done = true;
      else if (!response.write(encode(step.value)))
        await once(response, 'drain', { signal: exchange.signal });
    }
  } catch (error) {
    if (!exchange.ended) response.write(encode(failure(error, exchange.requestId, log)));
  } finally {
    clearInterval(heartbeat);
    forget();
    response.end();
    if (exchange.ended) cutIfLate(response);
    if (!done) void close(source);
  }
}

function keepAlive(response: Exchange['response']): void {
  if (!response.writableNeedDrain) response.write(': alive\n\n');
}

/** Express leaves its walk through the routes on the request, though nobody goes on with it. */
function forgetRouting(request: Exchange['request'] & { next?: unknown }): void {
  request.next = undefined;
}

/** Lets a source end by itself. One that waits for ever must not hold the stream, nor one that fails break it. */
async function close(source: AsyncIterator<ServerSentEvent>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // Nobody reads the source any more.
  }
}

function failure(error: unknown, requestId: string, log: Logger): ServerSentEvent {
  const shown = publicError(error, requestId);
  if (shown.status >= 500) log.error(shown.message, { requestId, code: shown.code, error });
  // Plain data; TypeScript sees an interface.
  return { event: 'problem', data: problemOf(shown, requestId) as unknown as Json };
}

function encode({ id, event, data, text }: ServerSentEvent): string {
  const head = `${id === undefined ? '' : `id: ${oneLine(id)}\n`}${event === undefined ? '' : `event: ${oneLine(event)}\n`}`;
  return `${head}data: ${text === undefined ? JSON.stringify(data ?? null) : oneLine(text)}\n\n`;
}

/** A line break inside a field would begin another field. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
