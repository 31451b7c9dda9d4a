import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFetchUrl, type FetchUrlOptions } from '../src/fetch-url.ts';
import { callTool } from './call-tool.ts';

/** What the tool answers with. */
interface Page {
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly title?: string;
  readonly text: string;
  readonly truncated: boolean;
}

/** How the site answers a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server of this machine, up for one suite; it answers 404 until a test sets its handler. */
interface FetchSite {
  /** As `http://127.0.0.1:port`; known once the suite runs. */
  origin: string;
  port: number;
  handler: Handler;
  /** Host and path of each request in the current test. */
  seen: string[];
  /** Calls the tool, which may reach the site unless the options say otherwise. */
  readonly fetchPage: (url: string, options?: FetchUrlOptions, input?: object) => Promise<Page>;
}

/** Serves such a site while the suite that calls this runs. */
export function serveSite(): FetchSite {
  const nothing: Handler = (_request, response) =>
    void response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing');
  const site: FetchSite = {
    origin: '',
    port: 0,
    handler: nothing,
    seen: [],
    fetchPage: async (url, options = {}, input = {}) => {
      const tool = createFetchUrl({ allowHosts: [`127.0.0.1:${site.port}`], ...options });
      return (await callTool(tool, { url, ...input })) as unknown as Page; // the tool's output schema
    },
  };
  const server = createServer((request, response) => {
    site.seen.push(`${request.headers.host} ${request.url}`);
    site.handler(request, response);
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    site.port = (server.address() as AddressInfo).port; // it listens on TCP
    site.origin = `http://127.0.0.1:${site.port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    site.seen = [];
    site.handler = nothing;
  });
  return site;
}

/** Answers every request with this body. */
export const answer =
  (body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'text/plain' }): Handler =>
  (_request, response) =>
    void response.writeHead(200, headers).end(body);

/** Sends every request on, to where its path leads. */
export const redirect =
  (to: (path: string) => string): Handler =>
  (request, response) =>
    void response.writeHead(302, { location: to(request.url ?? '') }).end('moved');
