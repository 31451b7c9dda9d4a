import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errors } from './errors.ts';
import { problemOf } from './problem.ts';

const closeMs = 2000;

/**
 * A listening socket that outlives the plugin instances behind it: an upgrade adds its handler, takes the old one
 * away, and no connection is lost.
 */
export interface Listener {
  /** `http://host:port`. */
  readonly url: string;
  readonly port: number;
  /** The last one answers requests; without any they get 503. */
  readonly handlers: RequestListener[];
  /** Stops listening; connections still open after 2 seconds are cut. */
  close(): Promise<void>;
}

/** Starts listening. Port 0 takes a free one. */
export async function openListener(host: string, port: number): Promise<Listener> {
  const server: Server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 60_000 });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(errors.AF_HTTP_LISTEN({ host, port, reason }, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.removeListener('error', fail);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port; // a TCP server's address is never a string
  const listener: Listener = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    handlers: [],
    close: () => closeServer(server),
  };
  server.on('request', (request, response) => {
    const handler = listener.handlers.at(-1);
    if (handler) handler(request, response);
    else {
      const error = errors.AF_HTTP_STARTING({});
      response.writeHead(error.status, { 'content-type': 'application/problem+json', 'retry-after': '1' });
      response.end(JSON.stringify(problemOf(error, 'none')));
    }
  });
  return listener;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(cut);
}
