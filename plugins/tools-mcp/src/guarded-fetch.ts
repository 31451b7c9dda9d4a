import { secretFor, type SecretStore } from '@agent-factory/sdk/contracts';
import type { Outbound } from '@agent-factory/sdk/outbound';
import type { McpSpec } from './mcp-spec.ts';

/** What requests to a server go through. */
export interface GuardedFetchOptions {
  readonly outbound: Outbound;
  readonly secrets: SecretStore | undefined;
  readonly tenant: string;
  readonly spec: McpSpec;
  /** Longest answer, or event of a stream. */
  readonly maxBytes: number;
}

/** `fetch`, as far as the protocol's client uses it, that reaches nothing it may not and adds the secrets. */
export function createGuardedFetch(
  options: GuardedFetchOptions,
): (input: string | URL, init?: RequestInit) => Promise<Response> {
  const { outbound, secrets, tenant, spec, maxBytes } = options;
  return async (input, init = {}) => {
    const url = new URL(input);
    const headers: Record<string, string> = { ...lowerCase(spec.headers ?? {}) };
    for (const [name, value] of new Headers(init.headers)) headers[name] = value;
    const wanted = {
      ...spec.secretHeaders,
      ...(spec.bearer !== undefined && { authorization: spec.bearer }),
    };
    for (const [header, name] of Object.entries(wanted)) {
      const secret = await secretFor(secrets, { tenant, name, url });
      const isBearer = header === 'authorization' && spec.bearer !== undefined;
      headers[header.toLowerCase()] = isBearer ? `Bearer ${secret}` : secret;
    }
    const answer = await outbound.open({
      url,
      method: init.method ?? 'GET',
      headers,
      secretHeaders: Object.keys(wanted),
      ...(typeof init.body === 'string' && { body: new TextEncoder().encode(init.body) }),
      signal: init.signal ?? new AbortController().signal,
    });
    const isStream = (answer.headers['content-type'] ?? '').includes('text/event-stream');
    const body = limited(answer.body, maxBytes, isStream)[Symbol.asyncIterator]();
    const { status } = answer;
    if (status === 204 || status === 304 || status < 200 || status > 599) {
      answer.close();
      return new Response(null, { status: status < 200 || status > 599 ? 502 : status });
    }
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const next = await body.next();
        if (next.done) {
          answer.close();
          controller.close();
        } else controller.enqueue(next.value);
      },
      cancel: () => answer.close(),
    });
    // Unpacked already.
    const { 'content-encoding': _, 'content-length': __, ...kept } = answer.headers;
    return new Response(stream, { status, headers: kept });
  };
}

/** Ends a body that is too long; of a stream, an event that is. */
async function* limited(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  isStream: boolean,
): AsyncGenerator<Uint8Array> {
  let since = 0;
  let last = 0;
  for await (const chunk of body) {
    for (const byte of isStream ? chunk : []) {
      // An empty line ends an event.
      since = byte === 10 && last === 10 ? 0 : since + 1;
      if (byte !== 13) last = byte;
      if (since > maxBytes) throw new Error(`an event has more than ${maxBytes} bytes`);
    }
    if (!isStream) since += chunk.length;
    if (since > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    yield chunk;
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
