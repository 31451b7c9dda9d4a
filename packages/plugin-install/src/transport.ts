import type { Agent, IncomingMessage } from 'node:http';
import { errors } from './errors.ts';

/** An answer of a registry. */
export interface RegistryAnswer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Fetches from a registry, or from a copy of what it answered. */
export interface Transport {
  /**
   * @param path - below the registry's address, without a slash in front
   * @param limit - most bytes that are taken
   */
  get(registry: string, path: string, limit: number): Promise<RegistryAnswer>;
}

/** A request that is not a plain question. */
export interface RequestParts {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const timeoutMs = 30_000;
// Few connections that are kept: opening one costs more than asking on it.
const pool = { keepAlive: true, maxSockets: 8 };
const agents = new Map<'node:http' | 'node:https', Agent>();

/** Over HTTP, as nobody. Redirects are not followed: a registry speaks for itself. */
export const httpTransport: Transport = httpTransportWith(() => undefined);

/**
 * Over HTTP. Packages that are not there for everybody are asked for once more with a token of their registry, where
 * there is one; nothing else is told who asks.
 *
 * @param tokenOf - the token for the address of a registry, if there is one
 */
export function httpTransportWith(tokenOf: (registry: string) => string | undefined): Transport {
  return {
    async get(registry, path, limit) {
      const url = `${registry}/${path}`;
      const answer = await request(registry, url, {}, limit);
      const isHidden = answer.status === 404 || answer.status === 401;
      const token = isHidden && !path.startsWith('-/') ? tokenOf(registry) : undefined;
      if (token === undefined) return answer;
      return request(registry, url, { headers: { authorization: `Bearer ${token}` } }, limit);
    },
  };
}

/** No whole answer came in time. */
class TimedOut extends Error {}

/**
 * Sends a request and reads the whole answer.
 *
 * @throws AF_INSTALL_REGISTRY_UNREACHABLE, AF_INSTALL_REGISTRY_ANSWER
 */
export async function request(
  registry: string,
  url: string,
  parts: RequestParts,
  limit: number,
): Promise<RegistryAnswer> {
  let answer: IncomingMessage;
  let bytes: Uint8Array | undefined;
  try {
    answer = await send(url, parts);
    bytes = await bytesOf(answer, limit);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // node:http throws nothing else
    const reason =
      error instanceof TimedOut ? `it did not answer within ${timeoutMs / 1000} s` : (code ?? message);
    throw errors.AF_INSTALL_REGISTRY_UNREACHABLE({ registry, reason }, { cause: error });
  }
  const refuse = (reason: string): Error => errors.AF_INSTALL_REGISTRY_ANSWER({ url, reason });
  if (!bytes) throw refuse(`it has more than ${limit} bytes`);
  const { statusCode: status = 0, headers } = answer;
  if (status >= 300 && status < 400) throw refuse('it sends the asker to another address');
  return { status, type: headers['content-type'] ?? '', bytes };
}

/** The whole body; nothing if it is longer than the limit, which also ends the connection. */
function bytesOf(answer: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    answer
      .on('data', (piece: Uint8Array) => {
        length += piece.length;
        if (length <= limit) pieces.push(piece);
        else {
          resolve(undefined);
          answer.destroy();
        }
      })
      .once('end', () => resolve(Buffer.concat(pieces)))
      .on('error', reject);
  });
}

function send(url: string, { method = 'GET', headers = {}, body }: RequestParts): Promise<IncomingMessage> {
  const { request: ask, agent } = protocolOf(url);
  return new Promise((resolve, reject) => {
    const sent = ask(url, {
      method,
      agent,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    });
    // A signal for each of many requests costs more than a timer.
    const late = setTimeout(() => sent.destroy(new TimedOut()), timeoutMs).unref();
    sent
      .once('close', () => clearTimeout(late))
      .once('response', resolve)
      .once('error', (error: NodeJS.ErrnoException) => {
        // The other side closed a kept connection just as it was used again: nothing was asked yet.
        const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && method === 'GET';
        if (isStale) resolve(send(url, { method, headers }));
        else reject(error);
      })
      .end(body);
  });
}

/** Taken when it is needed, and not imported: an import of `node:http` loads all of fetch with it, a tenth of an install. */
function protocolOf(url: string): { request: typeof import('node:http').request; agent: Agent } {
  const name = url.startsWith('http:') ? 'node:http' : 'node:https';
  const protocol = process.getBuiltinModule(name);
  const agent = agents.get(name) ?? new protocol.Agent(pool);
  agents.set(name, agent);
  return { request: protocol.request, agent };
}
