import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createDocumentKeeper } from './document-keeper.ts';
import { judgeExchange, type Exchange } from './judge-exchange.ts';

/** A proxy in front of platforms that judges what passes by the OpenAPI document of each. */
export interface PrismProxy {
  /** Where it listens; a request says with {@link upstreamHeader} which platform it is for. */
  readonly url: string;
  close(): Promise<void>;
}

/** Names the platform that a request is for: `http://127.0.0.1:7070`. */
export const upstreamHeader = 'x-prism-upstream';

/** Of one connection, and not of what passes it on. */
const ofConnection: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** Starts one on a free port. It tells of violations before the answer goes on; where that is no JSON, before its body. */
export async function startPrismProxy(onViolation: (line: string) => void): Promise<PrismProxy> {
  const agent = new Agent({ keepAlive: true });
  const documents = createDocumentKeeper(agent);

  const judge = async (upstream: string, exchange: Exchange): Promise<void> => {
    const before = await documents.of(upstream);
    if (!before) return;
    let found = await judgeExchange(exchange, before);
    if (found.length === 0) return;
    // Plugins may have been swapped since.
    documents.forget(upstream);
    const now = await documents.of(upstream);
    if (now && now.text !== before.text) found = await judgeExchange(exchange, now);
    for (const line of found) onViolation(line);
  };

  const tell = (error: unknown): void => onViolation(`what was said could not be judged: ${String(error)}`);

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const upstream = String(request.headers[upstreamHeader]);
    // Before it is asked: afterwards it may be gone.
    await documents.of(upstream).catch(tell);
    const body: Buffer[] = [];
    const answer = await forward(request, response, { upstream, agent, body });
    const { statusCode: status = 0, statusMessage, rawHeaders } = answer;
    const isKept = request.method !== 'HEAD' && /\bjson\b/.test(answer.headers['content-type'] ?? '');
    const kept = isKept ? await buffer(answer) : undefined;
    await judge(upstream, {
      method: request.method ?? '',
      target: request.url ?? '',
      headers: flat(request.headers),
      body: Buffer.concat(body),
      answer: { status, headers: flat(answer.headers), ...(kept && { body: kept }) },
    }).catch(tell);
    response.writeHead(status, statusMessage, [...onwards(rawHeaders), 'via', '1.1 prism']);
    if (kept) response.end(kept);
    else {
      response.flushHeaders();
      answer.once('error', () => response.destroy()).pipe(response);
    }
  };

  const server = createServer((request, response) => {
    // What fails here failed between platform and client: the client is to see it, as without a proxy.
    pass(request, response).catch(() => response.destroy());
  });
  // Whoever waits for an answer holds the process, and nobody else.
  server.on('connection', (socket) => socket.unref()).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address is never a string
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends a request on, keeps its body, and leaves the platform when the client leaves. */
function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { upstream, agent, body }: { readonly upstream: string; readonly agent: Agent; readonly body: Buffer[] },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(upstream);
    const toProxy = request.headers.host === `127.0.0.1:${request.socket.localPort}`;
    const headers = onwards(request.rawHeaders, toProxy ? host : undefined);
    const sent = ask({
      agent,
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers,
      setHost: false,
    });
    response.once('close', () => {
      if (!response.writableFinished) sent.destroy();
    });
    sent.once('response', resolve).on('error', reject);
    request.on('data', (chunk: Buffer) => body.push(chunk)).pipe(sent);
    if (response.destroyed) sent.destroy();
  });
}

/** Headers as they came, without those of the connection. */
function onwards(raw: readonly string[], host?: string): string[] {
  const headers: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    const known = name.toLowerCase();
    if (ofConnection.has(known) || known === upstreamHeader) continue;
    headers.push(name, known === 'host' ? (host ?? value) : value);
  }
  return headers;
}

/** What is repeated, as cookies that are set, no document speaks of. */
function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, String(value)]));
}
