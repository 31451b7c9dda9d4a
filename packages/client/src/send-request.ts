import type { CallOptions, ClientOptions } from './client-options.ts';
import { AgentFactoryClientError, clientError, isProblem, problemError } from './errors.ts';
import { pause } from './pause.ts';
import type { PlainRequest } from './request-of.ts';

const usualRetries = 2;
const usualTimeoutMs = 330_000;
const firstPauseMs = 250;
/** What a proxy in front says where the platform itself could not. */
const passing = new Set([429, 502, 503, 504]);

/** Takes what a good answer holds. */
export type Reader<T> = (response: Response) => Promise<T>;

/**
 * Sends a request, again where the answer says that it may succeed later or where there was none; a request that changes
 * something has one idempotency key for all of these. Throws what the platform refused with.
 */
export async function sendRequest<T>(
  client: ClientOptions,
  request: PlainRequest,
  read: Reader<T>,
  options: CallOptions = {},
): Promise<T> {
  const { retries = usualRetries, timeoutMs = usualTimeoutMs } = { ...client, ...options };
  const key = options.idempotencyKey ?? crypto.randomUUID();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const signal = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])]);
  const told = `${request.method} ${new URL(request.url).pathname}`;
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        const { token, headers: usual } = client;
        const proof = typeof token === 'function' ? await token() : token;
        const headers = {
          ...(proof !== undefined && { authorization: `Bearer ${proof}` }),
          ...(request.method !== 'GET' && { 'idempotency-key': key }),
          ...usual,
          ...request.headers,
          ...options.headers,
        };
        const response = await (client.fetch ?? fetch)(request.url, { ...request, headers, signal });
        if (response.ok || response.status === 304) return await read(response);
        throw await refusal(response, told);
      } catch (thrown) {
        const error = thrown instanceof AgentFactoryClientError ? thrown : unanswered(thrown, told);
        if (signal.aborted || !error.retryable || attempt >= retries) throw error;
        await pause(error.retryAfterMs ?? spread(firstPauseMs * 2 ** attempt), signal);
      }
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (late.signal.aborted) throw clientError('AF_CLIENT_TIMEOUT', { request: told, timeoutMs }, error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Those that were refused together do not come again together. */
function spread(ms: number): number {
  return ms / 2 + (Math.random() * ms) / 2;
}

function unanswered(thrown: unknown, request: string): AgentFactoryClientError {
  const { message, cause } = Object(thrown) as { readonly message?: string; readonly cause?: unknown }; // an error
  const reason = [message, (Object(cause) as { readonly message?: string }).message]
    .filter(Boolean)
    .join(': ');
  return clientError('AF_CLIENT_UNREACHABLE', { request, reason: reason || String(thrown) }, thrown);
}

async function refusal(response: Response, request: string): Promise<AgentFactoryClientError> {
  const text = await response.text();
  const { status } = response;
  const retryAfterMs = waitOf(response.headers.get('retry-after'));
  const body = jsonIn(text);
  if (isProblem(body)) return problemError(body, retryAfterMs);
  const { message, code, fix } = clientError('AF_CLIENT_ANSWER', {
    request,
    status,
    reason: text.slice(0, 200) || 'nothing',
  });
  return new AgentFactoryClientError(
    { message, code, fix, retryable: passing.has(status) },
    { retryAfterMs },
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
