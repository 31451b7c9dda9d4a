import type { ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  type BrotliDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
} from 'node:zlib';
import { errors } from './errors.ts';
import { printable, type HostAddress } from './url-guard.ts';

/** A server's answer, read as far as asked. */
export interface HttpAnswer {
  readonly status: number;
  /** Values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** It only says where to look; its body is not read. */
  readonly isRedirect: boolean;
  /** Decompressed, at most as long as asked. */
  readonly body: Uint8Array;
  /** There was more. */
  readonly truncated: boolean;
}

/** What {@link httpGet} needs. */
export interface HttpGetOptions {
  /** The only addresses that are dialled. */
  readonly addresses: readonly HostAddress[];
  /** Most bytes of the body that are read, after decompression. */
  readonly maxBytes: number;
  /** Ends the request; the socket is closed. */
  readonly signal: AbortSignal;
}

/** Answers whose body nobody needs: where they lead is in their headers. */
const redirects = new Set([301, 302, 303, 307, 308]);

/** Gets one URL, following nothing. Compressed bodies are unpacked no further than asked. */
export async function httpGet(
  url: URL,
  { addresses, maxBytes, signal }: HttpGetOptions,
): Promise<HttpAnswer> {
  // Not imported: an import of node:http loads all of fetch with it, some 60 ms at each start.
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const request = http.request(url, {
    agent: false, // a connection of its own: none is kept, and none made elsewhere is used
    lookup: answerWith(addresses),
    signal,
    headers: {
      accept: 'text/html, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8, */*;q=0.1',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'agent-factory',
    },
  });
  try {
    const response = await answered(request);
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value ?? '')]),
    );
    const status = response.statusCode ?? 0;
    if (redirects.has(status))
      return { status, headers, isRedirect: true, body: new Uint8Array(), truncated: false };
    const { body, truncated } = await readBody(url, response, headers['content-encoding'] ?? '', maxBytes);
    return { status, headers, isRedirect: false, body, truncated };
  } finally {
    request.destroy();
  }
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: an error after the answer began reaches the reader of the body, and must not end the process too.
    request.on('error', reject);
    request.end();
  });
}

async function readBody(
  url: URL,
  response: IncomingMessage,
  encoding: string,
  maxBytes: number,
): Promise<{ readonly body: Uint8Array; readonly truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = await unpacked(url, response, encoding.trim().toLowerCase());
  // Leaving the loop closes the stream, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: true };
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

/** The body as it was before it was packed. What goes wrong on the way is met where it is read. */
async function unpacked(url: URL, response: IncomingMessage, encoding: string): Promise<Readable> {
  if (encoding === '' || encoding === 'identity') return response;
  const chunks = response[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>; // no encoding is set
  const first = await chunks.next();
  if (first.done) return Readable.from([]);
  const unpack = decompressor(encoding, first.value);
  if (!unpack) {
    throw errors.AF_TOOLS_BUILTIN_FETCH_CONTENT({ url: printable(url), found: `encoding "${encoding}"` });
  }
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    yield* chunks;
  };
  return pipeline(whole, unpack, () => undefined);
}

function decompressor(
  encoding: string,
  first: Uint8Array,
): Gunzip | BrotliDecompress | Inflate | InflateRaw | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // Some servers send the bare format (RFC 1951) where the name means the wrapped one (RFC 1950).
      return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return undefined;
  }
}

/** A resolver that knows one answer, in both shapes Node asks for. */
function answerWith(addresses: readonly HostAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all)
      callback(
        null,
        addresses.map((each) => ({ ...each })),
      );
    else callback(null, first?.address ?? '', first?.family ?? 4);
  };
}
