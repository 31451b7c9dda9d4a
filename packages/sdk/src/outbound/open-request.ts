import type { ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
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
import { outboundErrors as errors } from './outbound-errors.ts';
import { printable, type HostAddress } from './url-guard.ts';

/** A server's answer, whose body is still to be read. */
export interface OpenAnswer {
  readonly status: number;
  /** Values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed, as it comes. Leaving a loop over it closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the request; the socket is closed. Safe to call twice. */
  close(): void;
}

/** What {@link openRequest} needs. */
export interface OpenRequestOptions {
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** The only addresses that are dialled. */
  readonly addresses: readonly HostAddress[];
  /** Ends the request; the socket is closed. */
  readonly signal: AbortSignal;
}

/** Makes one request, following nothing, and resolves when its answer begins. */
export async function openRequest(
  url: URL,
  { method = 'GET', headers, body, addresses, signal }: OpenRequestOptions,
): Promise<OpenAnswer> {
  // Not imported: an import of node:http loads all of fetch with it, some 60 ms at each start.
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const request = http.request(url, {
    method,
    agent: false, // a connection of its own: none is kept, and none made elsewhere is used
    lookup: answerWith(addresses),
    signal,
    headers: {
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'agent-factory',
      ...headers,
      ...(body && { 'content-length': String(body.length) }),
    },
  });
  try {
    const response = await answered(request, body);
    const received = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value ?? '')]),
    );
    return {
      status: response.statusCode ?? 0,
      headers: received,
      body: unpacked(url, response),
      close: () => void request.destroy(),
    };
  } catch (error) {
    request.destroy();
    throw error;
  }
}

function answered(request: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: an error after the answer began reaches the reader of the body, and must not end the process too.
    request.on('error', reject);
    request.end(body);
  });
}

/** The body as it was before it was packed, unpacked no further than it is read. */
async function* unpacked(url: URL, response: IncomingMessage): AsyncGenerator<Uint8Array> {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  const chunks = response[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>; // no encoding is set
  if (encoding === '' || encoding === 'identity') return yield* chunks;
  const first = await chunks.next();
  if (first.done) return;
  const unpack = decompressor(encoding, first.value);
  if (!unpack) throw errors.AF_OUTBOUND_ENCODING({ url: printable(url), encoding });
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    yield* chunks;
  };
  yield* pipeline(whole, unpack, () => undefined) as AsyncIterable<Uint8Array>; // zlib streams give bytes
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
