import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { AgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { problemOf } from './problem.ts';
import { writeProblem } from './write-problem.ts';

const closeMs = 2000;

/**
 * A listening socket that outlives the plugin instances behind it: an upgrade adds its handler, takes the old one
 * away, and no connection is lost.
 */
export interface Listener {
  /** `http://host:port`. */
  readonly url: string;
  /** The last one answers requests; without any they get 503. */
  readonly handlers: RequestListener[];
  /** Stops listening; connections still open after 2 seconds are cut. */
  close(): Promise<void>;
}

/** Starts listening. Port 0 takes a free one. */
export async function openListener(host: string, port: number): Promise<Listener> {
  // Not imported: an import of node:http loads all of fetch with it, some 60 ms at each start.
  const { createServer } = process.getBuiltinModule('node:http');
  const server: Server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: 15_000,
    requestTimeout: 60_000,
    requireHostHeader: false, // Node's answer to one without is empty
  });
  const handlers: RequestListener[] = [];
  server.on('request', (request, response) => {
    const handler = handlers.at(-1);
    if (lacksHost(request)) {
      response.shouldKeepAlive = false;
      writeProblem(request, response, errors.AF_HTTP_MALFORMED({ reason: 'it has no header Host.' }), 'none');
    } else if (handler) handler(request, response);
    else writeProblem(request, response, errors.AF_HTTP_STARTING({}), 'none');
  });
  server.on('clientError', answerMalformed);
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port; // a TCP server's address is never a string
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    handlers,
    close: () => closeServer(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
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
}

/** HTTP/1.1 asks for the header, which may be empty; HTTP/1.0 does not know it. */
function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1';
}

/** Answers what is no HTTP request at all, where Node would send an empty answer. */
function answerMalformed(
  error: NodeJS.ErrnoException,
  socket: Socket & { _httpMessage?: ServerResponse },
): void {
  // Node keeps the answer it is writing there; in the middle of one there is no room for another.
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const shown = malformedError(error);
  const text = JSON.stringify(problemOf(shown, 'none'));
  socket.end(
    `HTTP/1.1 ${shown.status} \r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

function malformedError(error: NodeJS.ErrnoException): AgentFactoryError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return errors.AF_HTTP_HEADERS_TOO_LARGE({});
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.AF_HTTP_SLOW_REQUEST({});
  return errors.AF_HTTP_MALFORMED({ reason: `${error.message.replace(/^Parse Error:? */, '')}.` });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const cut = setTimeout(() => server.closeAllConnections(), closeMs);
  await closed;
  clearTimeout(cut);
}
