import { hash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errors } from '../errors.ts';
import type { PackagePath } from '../protocol/package-path.ts';
import type { BlobStore } from '../store/blobs.ts';
import type { BodyCache } from './body-cache.ts';
import type { Registry } from './registry.ts';

/** Larger ones are not held in memory. */
const streamedFrom = 2 ** 20;

/** A tarball that is kept here. */
interface KeptTarball extends Required<PackagePath> {
  readonly key: string;
  /** In bytes, where it is known without a look at it. */
  readonly size?: number;
  /** For `cache-control`. */
  readonly control: string;
}

/** Sends small tarballs from memory, large ones as a stream. Gives back whether the asker got it, and had not yet. */
export function sendBlob(
  { blobs }: Registry,
  cache: BodyCache,
  tarball: KeptTarball,
  { method, headers: { 'if-none-match': known } }: IncomingMessage,
  response: ServerResponse,
): boolean | Promise<boolean> {
  const { key, control: cacheControl } = tarball;
  const tag = `"${key.slice(0, 40)}"`;
  const headers = {
    'content-type': 'application/octet-stream',
    etag: tag,
    'cache-control': cacheControl,
    'x-content-type-options': 'nosniff',
  };
  if (matches(known, tag)) {
    response.writeHead(304, headers).end();
    return false;
  }
  const isHead = method === 'HEAD';
  const body = isHead ? undefined : cache.get(key);
  if (body === undefined) return readBlob(blobs, cache, tarball, headers, isHead, response);
  response.writeHead(200, { ...headers, 'content-length': body.length });
  endWith(response, body);
  return true;
}

async function readBlob(
  blobs: BlobStore,
  cache: BodyCache,
  { name, version, key, size }: KeptTarball,
  headers: OutgoingHttpHeaders,
  isHead: boolean,
  response: ServerResponse,
): Promise<boolean> {
  if (size === undefined || size > streamedFrom || isHead) {
    const found = isHead && size !== undefined ? { bytes: size } : await blobs.stream(key);
    if (!found) throw errors.AF_REGISTRY_BLOB_DAMAGED({ name, version });
    response.writeHead(200, { ...headers, 'content-length': size ?? found.bytes });
    if (!isHead && 'stream' in found) {
      return pipeline(found.stream, response).then(() => true, ended);
    }
    if ('stream' in found) found.stream.destroy();
    response.end();
    return false;
  }
  const bytes = await blobs.read(key);
  if (!bytes || hash('sha512', bytes) !== key) throw errors.AF_REGISTRY_BLOB_DAMAGED({ name, version });
  const body = cache.put(key, bytes);
  response.writeHead(200, { ...headers, 'content-length': body.length });
  endWith(response, body);
  return true;
}

/** A text has one character for each byte; of bytes the encoding means nothing. */
export function endWith(response: ServerResponse, body: Uint8Array | string): void {
  response.end(body, 'latin1');
}

/** Whoever stops reading half-way is no failure of ours. */
function ended(error: unknown): false {
  if (Object(error).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  return false;
}

/** `If-None-Match` (RFC 9110, 13.1.2), compared weakly. */
export function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return (
    header === tag ||
    header === '*' ||
    header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
  );
}
