import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { exampleServer, type ExampleLog } from './example-server.ts';

/** The example server over streamable HTTP, on a free port. */
export interface HttpExample {
  readonly url: string;
  readonly host: string;
  readonly log: ExampleLog;
  readonly sessions: Map<string, StreamableHTTPServerTransport>;
  readonly seen: { readonly method: string; readonly headers: IncomingHttpHeaders }[];
  /** What is answered instead of what the server would. */
  status: number | undefined;
  /** Sockets that are open. */
  sockets(): Promise<number>;
  close(): Promise<void>;
}

/** Starts it. */
export async function startHttpExample(): Promise<HttpExample> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const log: ExampleLog = { cancelled: [], slow: 0, calls: 0 };
  const server = createServer((request, response) => {
    example.seen.push({ method: request.method ?? '', headers: request.headers });
    if (example.status !== undefined) return void response.writeHead(example.status).end('no');
    const id = request.headers['mcp-session-id'];
    const known = sessions.get(String(id));
    if (known) return void known.handleRequest(request, response);
    if (id !== undefined) return void response.writeHead(404).end();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (made) => void sessions.set(made, transport),
      onsessionclosed: (ended) => void sessions.delete(ended),
    });
    // Its optional handlers are typed without undefined.
    const connected = exampleServer(log).connect(
      transport as Parameters<ReturnType<typeof exampleServer>['connect']>[0],
    );
    void connected.then(() => transport.handleRequest(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  const example: HttpExample = {
    url: `http://${host}/mcp`,
    host,
    log,
    sessions,
    seen: [],
    status: undefined,
    sockets: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    close: async () => {
      server.closeAllConnections();
      server.close();
      for (const transport of sessions.values()) await transport.close();
    },
  };
  return example;
}
