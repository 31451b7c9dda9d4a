import { isAgentFactoryError } from '../errors.ts';
import { openRequest, type OpenAnswer } from './open-request.ts';
import { outboundErrors as errors } from './outbound-errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { createUrlGuard, printable, type ResolveHost } from './url-guard.ts';

/** Redirects that are followed at most. */
const maxRedirects = 5;

/** Answers that say where to look instead. */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that are for one origin alone. */
const credentials: readonly string[] = ['authorization', 'cookie', 'proxy-authorization'];

/** How servers outside may be reached. */
export interface OutboundOptions {
  /** Hosts (`host` or `host:port`) that may be reached whatever their address or port. */
  readonly allowHosts: readonly string[];
  /** What the operator can change, for messages: where such hosts are listed, and what sets the time. */
  readonly settings: { readonly hosts: string; readonly time: string };
  /** Finds the addresses of host names. Default: the system's resolver. */
  readonly resolve?: ResolveHost | undefined;
}

/** One request to a server outside. */
export interface OutboundRequest {
  readonly url: URL;
  /** Default `GET`. */
  readonly method?: string;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Names of headers that, like `authorization` and `cookie`, go to no other origin. */
  readonly secretHeaders?: readonly string[];
  readonly body?: Uint8Array;
  /** Throws for an address that may not be reached; asked for the first URL and for each redirect. */
  readonly admit?: (url: URL, method: string) => void;
  /** The query carries a secret and is named in no error. Default false. */
  readonly hideQuery?: boolean;
  /** Milliseconds until the answer must be there in full, redirects included. */
  readonly timeoutMs: number;
  /** Most bytes of the body that are read, after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A server's answer, read as far as asked. */
export interface OutboundAnswer {
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly status: number;
  /** Values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed, at most as long as asked. */
  readonly body: Uint8Array;
  /** There was more. */
  readonly truncated: boolean;
}

/** A request whose answer is read by the caller, as it comes. */
export type OutboundStreamRequest = Omit<OutboundRequest, 'timeoutMs' | 'maxBytes'>;

/** Reaches servers outside, and nothing inside the operator's network that was not allowed. */
export interface Outbound {
  /** The whole answer. Fails with AF_OUTBOUND_… codes, or with the reason of `signal`. */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
  /** The beginning of an answer, which the caller reads and closes. */
  open(request: OutboundStreamRequest): Promise<OpenAnswer & { readonly url: URL }>;
}

/**
 * Makes requests to public addresses and to allowed hosts alone. Each address is checked before it is dialled, and no
 * other is dialled than was checked; each redirect is checked like the first URL and loses what is secret on its way
 * to another origin; what would write is not sent on to another origin at all.
 *
 * @example
 * ```ts
 * const outbound: Outbound = createOutbound({
 *   allowHosts: ['wiki.internal:8443'],
 *   settings: { hosts: '"allowHosts" of my-plugin', time: '"timeoutMs" of my-plugin' },
 * });
 * declare const signal: AbortSignal;
 * const { status, body } = await outbound.request({
 *   url: new URL('https://example.org/'),
 *   timeoutMs: 10_000,
 *   maxBytes: 1_048_576,
 *   signal,
 * });
 * ```
 */
export function createOutbound({ allowHosts, settings, resolve }: OutboundOptions): Outbound {
  const guard = createUrlGuard({ allowHosts, setting: settings.hosts, ...(resolve && { resolve }) });

  async function follow(request: OutboundStreamRequest): Promise<OpenAnswer & { readonly url: URL }> {
    const { signal, secretHeaders = [], hideQuery } = request;
    let { url, method = 'GET', headers = {}, body } = request;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      request.admit?.(url, method);
      const addresses = await unlessAborted(guard(url, printable(url, hideQuery)), signal);
      const answer = await openRequest(url, { method, headers, body, addresses, signal });
      const { location } = answer.headers;
      if (!redirects.has(answer.status) || !location) return { ...answer, url };
      answer.close();
      const next = URL.parse(location, url.href);
      if (!next) {
        const reason = `it redirects to "${location.slice(0, 100)}", which is no address`;
        throw errors.AF_OUTBOUND_URL_REFUSED({
          url: printable(url, hideQuery),
          reason,
          mend: 'Use another address.',
        });
      }
      if (answer.status === 303 || (answer.status <= 302 && method === 'POST')) {
        if (method !== 'HEAD') method = 'GET';
        body = undefined;
        headers = without(headers, ['content-type', 'content-length']);
      }
      if (next.origin !== url.origin) {
        headers = without(headers, [...credentials, ...secretHeaders]);
        if (method !== 'GET' && method !== 'HEAD') {
          const reason = `it redirects a ${method} to another origin, ${next.origin}`;
          const mend = 'Use the address it redirects to, if it is the one that is meant.';
          throw errors.AF_OUTBOUND_URL_REFUSED({ url: printable(url, hideQuery), reason, mend });
        }
      }
      url = next;
    }
    throw errors.AF_OUTBOUND_REDIRECTS({ url: printable(request.url, hideQuery), limit: maxRedirects });
  }

  const failed = ({ url, hideQuery }: OutboundStreamRequest, error: unknown): unknown => {
    if (isAgentFactoryError(error)) return error;
    const shown = printable(url, hideQuery);
    return errors.AF_OUTBOUND_FAILED({ url: shown, reason: reasonOf(error) }, { cause: error });
  };

  return {
    async request(request) {
      const { url, hideQuery, timeoutMs, maxBytes, signal } = request;
      signal.throwIfAborted();
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await follow({ ...request, signal: AbortSignal.any([signal, deadline]) });
        return { ...(await readBody(answer, maxBytes)), url: answer.url };
      } catch (error) {
        signal.throwIfAborted();
        if (deadline.aborted && !isAgentFactoryError(error))
          throw errors.AF_OUTBOUND_TIMEOUT({
            url: printable(url, hideQuery),
            ms: timeoutMs,
            setting: settings.time,
          });
        throw failed(request, error);
      }
    },
    async open(request) {
      request.signal.throwIfAborted();
      return follow(request).catch((error: unknown) => {
        request.signal.throwIfAborted();
        throw failed(request, error);
      });
    },
  };
}

async function readBody(answer: OpenAnswer, maxBytes: number): Promise<Omit<OutboundAnswer, 'url'>> {
  const { status, headers } = answer;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxBytes)
        return { status, headers, body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true };
    }
  } finally {
    answer.close();
  }
  return { status, headers, body: Buffer.concat(chunks), truncated: false };
}

function without(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const gone = new Set(names.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !gone.has(name.toLowerCase())));
}

/** What went wrong on the way, without addresses of the operator's network. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOTFOUND':
      return 'its host name is not known';
    case 'EAI_AGAIN':
      return 'its host name could not be looked up';
    case 'ECONNREFUSED':
      return 'the server refuses connections';
    case 'ECONNRESET':
      return 'the server ended the connection';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the server cannot be reached';
    default:
      return code === '' ? 'the connection failed' : `the connection failed (${code})`;
  }
}
