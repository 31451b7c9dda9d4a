import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Wire } from '../protocol/model-protocol.ts';

/** A request as a {@link ModelServer} saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed. */
  readonly body: Wire;
  readonly socket: Socket;
}

/** How a server answers; `n` counts requests from 1. */
export type Behaviour = (request: SeenRequest, response: ServerResponse, n: number) => void;

/** A real HTTP server on loopback, to be asked in place of a provider. */
export interface ModelServer {
  /** Without a path. */
  readonly origin: string;
  /** The base URL of the OpenAI family: `…/v1`. */
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Starts a server that answers as `behave` says. */
export async function startModelServer(behave: Behaviour): Promise<ModelServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = (text === '' ? {} : JSON.parse(text)) as Wire; // tests send objects
      const { url = '', headers, socket } = request;
      seen.push({ url, headers, body, socket });
      behave({ url, headers, body, socket }, response, seen.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  return {
    origin,
    baseUrl: `${origin}/v1`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends events, each in a write of its own, and ends. A named event is `[name, data]`. */
export function sendEvents(
  response: ServerResponse,
  events: readonly (string | readonly [string, string])[],
): void {
  openStream(response);
  writeEvents(response, events);
  response.end();
}

/** Sends events into an open stream. */
export function writeEvents(
  response: ServerResponse,
  events: readonly (string | readonly [string, string])[],
): void {
  for (const event of events) {
    response.write(
      typeof event === 'string' ? `data: ${event}\n\n` : `event: ${event[0]}\ndata: ${event[1]}\n\n`,
    );
  }
}

/** Begins an event stream. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
}

/** A server that fails every time. */
export function failing(status: number, body: object, headers: object = {}): Behaviour {
  return (_request, response) => sendJson(response, status, body, headers);
}
