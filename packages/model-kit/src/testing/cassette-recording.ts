import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Json } from '@agent-factory/sdk';
import type { Exchange } from './cassette.ts';
import type { SeenRequest } from './model-server.ts';

/** The headers of an answer that mean something to whoever asked. */
const kept = ['content-type', 'retry-after', 'retry-after-ms', 'x-request-id', 'request-id', 'location'];
/** Headers between two machines, not between two programs. */
const hops = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);
/** What keys look like: OpenAI's, Anthropic's, and bearer tokens of anybody. */
const keyLike = /\b(?:sk|gsk|pk|rk|xai)-[\w-]{8,}|\bBearer\s+[\w.~+/=-]{8,}|\bAIza[\w-]{20,}/g;

/** Asks the real server, hands its answer on as it comes, and gives the exchange without anything secret. */
export async function forward(
  upstream: string,
  asked: SeenRequest,
  response: ServerResponse,
  secrets: readonly string[],
): Promise<Exchange> {
  const answer = await ask(new URL(asked.url, upstream), asked);
  const headers = keptHeaders(answer.headers);
  response.writeHead(answer.statusCode ?? 502, headers);
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    response.write(chunk);
  }
  response.end();
  const clean = (text: string): string => redact(text, secrets);
  const text = clean(Buffer.concat(chunks).toString('utf8'));
  return {
    request: { path: clean(asked.url), body: JSON.parse(clean(JSON.stringify(asked.body))) as Json },
    response: {
      status: answer.statusCode ?? 502,
      headers: JSON.parse(clean(JSON.stringify(headers))) as Record<string, string>,
      ...bodyOf(text, headers['content-type'] ?? ''),
    },
  };
}

function ask(url: URL, { headers, body }: SeenRequest): Promise<IncomingMessage> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.has(name)));
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers: sent }, resolve).on('error', reject).end(JSON.stringify(body));
  });
}

function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of kept) {
    const value = headers[name];
    if (typeof value === 'string') found[name] = value;
  }
  return found;
}

function bodyOf(text: string, type: string): Pick<Exchange['response'], 'json' | 'events' | 'text'> {
  if (type.includes('event-stream')) {
    const events = text.replace(/\r\n?/g, '\n').split('\n\n');
    return { events: events.filter((event) => event.trim() !== '') };
  }
  if (!type.includes('json')) return { text };
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return { text };
  }
}

function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[redacted]');
  return clean.replace(keyLike, '[redacted]');
}
