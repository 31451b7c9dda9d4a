import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it came. */
export interface Received {
  readonly path: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly event: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Record<string, unknown>;
  };
}

/** Answers a request; what it gives is the status, 200 by default. */
export type Answer = (
  received: Received,
  response: ServerResponse,
) => number | undefined | void | Promise<number | undefined | void>;

/** A server that is told of events. */
export interface Receiver {
  readonly url: string;
  /** What came, in order. */
  readonly received: Received[];
  answer: Answer;
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback. */
export async function startReceiver(answer: Answer = () => 200): Promise<Receiver> {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const headers = request.headers as Record<string, string>; // each comes once
    const id = headers['webhook-id'] ?? '';
    const one = { path: request.url ?? '', id, headers, body, event: JSON.parse(body) as Received['event'] };
    received.push(one);
    const status = await receiver.answer(one, response);
    if (!response.headersSent) response.writeHead(status ?? 200);
    response.end();
  };
  const server = createServer(
    (request, response) => void take(request, response).catch(() => response.destroy()),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    received,
    answer,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
