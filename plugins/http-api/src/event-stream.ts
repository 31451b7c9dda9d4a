import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';

/** How an event stream is written. */
export interface EventStreamOptions {
  /** Milliseconds between comments that keep an idle connection open. */
  readonly heartbeatMs: number;
  /** Ends the stream. The client comes back with `Last-Event-ID`. */
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Writes server-sent events (WHATWG HTML, 9.2), waiting for a slow client. Ends with the source, or when the
 * client leaves, which also ends the source.
 */
export async function writeEventStream(
  response: ServerResponse,
  events: AsyncIterable<ServerSentEvent>,
  options: EventStreamOptions,
): Promise<void> {
  response.writeHead(200, {
    ...options.headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => response.write(': alive\n\n'), options.heartbeatMs);
  try {
    for await (const event of events) {
      if (options.signal.aborted || response.destroyed) break;
      if (!response.write(encode(event))) await once(response, 'drain', { signal: options.signal });
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

function encode({ id, event, data }: ServerSentEvent): string {
  const head = `${id === undefined ? '' : `id: ${oneLine(id)}\n`}${event === undefined ? '' : `event: ${oneLine(event)}\n`}`;
  return `${head}data: ${JSON.stringify(data)}\n\n`;
}

/** A line break inside a field would begin another field. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
