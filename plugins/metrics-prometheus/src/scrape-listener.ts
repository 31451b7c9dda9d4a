import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import type { MetricsPrometheusConfig } from './config.ts';
import { errors } from './errors.ts';

/** A page of metrics. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * Serves scrapes on a port of their own: workers have no HTTP API, and a scraper may have no key. It outlives the plugin
 * instances behind it.
 */
export interface ScrapeListener {
  readonly url: string;
  /** The last one answers. */
  readonly handlers: RequestListener[];
  close(): Promise<void>;
}

/** AF_METRICS_UNPROTECTED for an address that others reach, without a token. */
export function checkAddress({ host, token }: Pick<MetricsPrometheusConfig, 'host' | 'token'>): void {
  const isOurs = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!isOurs && token === undefined) throw errors.AF_METRICS_UNPROTECTED({ host });
}

/** Answers scrapes with a page, to whoever brings the token where there is one. */
export function createScrapeAnswer(
  page: MetricsPage,
  token: MetricsPrometheusConfig['token'],
): RequestListener {
  const wanted = token && hashOf(`Bearer ${token.reveal()}`);
  return (request, response) => {
    const isLetIn = !wanted || timingSafeEqual(hashOf(request.headers.authorization ?? ''), wanted);
    if (!isLetIn) response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    else if (request.url?.split('?', 1)[0] !== '/metrics') response.writeHead(404).end();
    else if (request.method !== 'GET') response.writeHead(405, { allow: 'GET' }).end();
    else
      page.text().then(
        (text) => response.writeHead(200, { 'content-type': page.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
  };
}

/** Port 0 takes a free one. AF_METRICS_LISTEN. */
export async function openScrapeListener(host: string, port: number): Promise<ScrapeListener> {
  // Not imported: an import of node:http loads all of fetch with it.
  const { createServer } = process.getBuiltinModule('node:http');
  const handlers: RequestListener[] = [];
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const answer = handlers.at(-1);
    if (answer) answer(request, response);
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(errors.AF_METRICS_LISTEN({ host, port, reason }, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port; // a TCP server's address is never a string
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
    handlers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
