import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server saw it. */
interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model: string;
    readonly stream?: boolean;
    readonly messages: readonly { readonly role: string; readonly content: unknown }[];
    readonly tools?: readonly { readonly function: { readonly name: string } }[];
    readonly [field: string]: unknown;
  };
  readonly socket: Socket;
}

/** How the server answers; `n` counts requests from 1. */
export type Behaviour = (request: SeenRequest, response: ServerResponse, n: number) => void;

/** A real server that speaks the chat completions protocol, on loopback. */
export interface ChatServer {
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Starts a server; by default it behaves. */
export async function startChatServer(behave: Behaviour = answer): Promise<ChatServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text) as SeenRequest['body'];
      const { url = '', headers, socket } = request;
      seen.push({ url, headers, body, socket });
      behave({ url, headers, body, socket }, response, seen.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const weather = 'It is 7 degrees with light rain in Oslo, so take a coat.';
const usage = { prompt_tokens: 61, completion_tokens: 14, total_tokens: 75 };

/** One tool call when tools are offered, a text once there is a result or no tool; streamed if asked for. */
export const answer: Behaviour = ({ body }, response) => {
  const calls = body.tools !== undefined && !body.messages.some(({ role }) => role === 'tool');
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
  };
  const finish_reason = calls ? 'tool_calls' : 'stop';
  if (!body.stream) {
    const message = calls
      ? { role: 'assistant', content: null, refusal: null, tool_calls: [call] }
      : { role: 'assistant', content: weather, refusal: null };
    sendJson(response, 200, completion(message, finish_reason));
    return;
  }
  const opening = { index: 0, ...call, function: { name: 'get_weather', arguments: '' } };
  const pieces = calls
    ? [
        delta({ role: 'assistant', content: null }),
        delta({ tool_calls: [opening] }),
        ...['{"city":', '"Oslo"}'].map((text) =>
          delta({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
        ),
      ]
    : [
        delta({ role: 'assistant', content: '' }),
        ...weather.split(/(?<= )/).map((content) => delta({ content })),
      ];
  sendEvents(response, [
    ...pieces,
    delta({}, finish_reason),
    JSON.stringify({ choices: [], usage }),
    '[DONE]',
  ]);
};

/** A whole answer. */
export function completion(message: object, finish_reason: string | null = 'stop'): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason }],
    usage,
  };
}

/** One event of a streamed answer, as JSON. */
export function delta(part: object, finish_reason: string | null = null): string {
  return JSON.stringify({
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: part, finish_reason }],
  });
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends events, each in a write of its own, and ends. */
export function sendEvents(response: ServerResponse, events: readonly string[]): void {
  openStream(response);
  for (const event of events) response.write(`data: ${event}\n\n`);
  response.end();
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
