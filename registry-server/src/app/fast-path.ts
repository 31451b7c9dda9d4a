import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errors } from '../errors.ts';
import { parsePackagePath, type PackagePath } from '../protocol/package-path.ts';
import { blobKey } from '../store/blobs.ts';
import { findDocument, findDocumentTag, findTarball, type ReadyDocument } from '../store/packages.ts';
import { createBodyCache, type BodyCache } from './body-cache.ts';
import { callerOf } from './caller.ts';
import { mayRead } from './package-rights.ts';
import type { Registry } from './registry.ts';

const shortType = 'application/vnd.npm.install-v1+json';
const cacheBytes = 16 * 2 ** 20;
/** Larger ones are not held in memory. */
const streamedFrom = 2 ** 20;

/** Answers what installs ask for, packages and tarballs, without the application's detours. */
export interface FastPath {
  /** Gives back false for what is not its business. */
  (request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

export function createFastPath(registry: Registry): FastPath {
  const cache = createBodyCache(cacheBytes);
  return async (request, response) => {
    const { method, url = '' } = request;
    if ((method !== 'GET' && method !== 'HEAD') || url.startsWith('/-/') || url === '/robots.txt')
      return false;
    const query = url.indexOf('?');
    // `?write=true` asks for what stands before an edit; any other query means nothing here.
    if (query >= 0 && url.includes('write=true', query)) return false;
    const path = parsePackagePath(query < 0 ? url : url.slice(0, query));
    if (!path) return false;
    if (registry.uplinks.originOf(path.name) !== undefined)
      await sendMirrored(registry, cache, path, request, response);
    else if (path.version === undefined) await sendDocument(registry, cache, path.name, request, response);
    else await sendTarball(registry, cache, { ...path, version: path.version }, request, response);
    return true;
  };
}

async function sendDocument(
  registry: Registry,
  cache: BodyCache,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { accept = '' } = request.headers;
  const form = accept.includes(shortType) ? 'short' : 'full';
  const known = await findDocumentTag(registry.database, name, form);
  await refuseStrangers(registry, name, known?.restricted ?? 1, request);
  if (known && matches(request.headers['if-none-match'], known.tag)) {
    response.writeHead(304, { etag: known.tag, vary: 'Accept', 'cache-control': control(known.restricted) });
    response.end();
    return;
  }
  let found: Omit<ReadyDocument, 'bytes'> | undefined = known;
  let body = known && cache.get(known.tag);
  if (body === undefined) {
    const whole = await findDocument(registry.database, name, form);
    // It may have changed between the two looks.
    if (whole?.restricted !== known?.restricted)
      await refuseStrangers(registry, name, whole?.restricted ?? 1, request);
    body = whole && cache.put(whole.tag, whole.bytes);
    found = whole;
  }
  if (!found || body === undefined) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  response.writeHead(200, {
    'content-type': form === 'short' ? shortType : 'application/json',
    'content-length': body.length,
    etag: found.tag,
    'last-modified': found.modified,
    vary: 'Accept',
    'cache-control': control(found.restricted),
    'x-content-type-options': 'nosniff',
  });
  end(response, request.method === 'HEAD' ? '' : body);
}

/** What comes from another registry: for everybody, as it is there. */
async function sendMirrored(
  registry: Registry,
  cache: BodyCache,
  { name, version }: PackagePath,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uplinks } = registry;
  if (version !== undefined) {
    const key = await uplinks.tarball(name, version);
    // Its registry may put another one in the place of this.
    await sendBlob(registry, cache, { name, version, key, control: control(0) }, request, response);
    return;
  }
  const { bytes, tag } = await uplinks.document(name);
  const headers = {
    'content-type': 'application/json',
    etag: tag,
    'cache-control': control(0),
    'x-content-type-options': 'nosniff',
  };
  if (matches(request.headers['if-none-match'], tag)) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function sendTarball(
  registry: Registry,
  cache: BodyCache,
  { name, version }: Required<PackagePath>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = await findTarball(registry.database, name, version);
  const notThere = (): Error => errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
  await refuseStrangers(registry, name, found?.restricted ?? 1, request, notThere);
  if (!found || found.state === 'removed') throw notThere();
  if (found.state === 'blocked')
    throw errors.AF_REGISTRY_BLOCKED({ name, version, reason: found.reason ?? 'its operator blocked it.' });
  const tarball = {
    name,
    version,
    key: blobKey(found.integrity),
    size: found.bytes,
    control: found.restricted ? control(1) : 'public, max-age=31536000, immutable',
  };
  if (await sendBlob(registry, cache, tarball, request, response)) registry.downloads.add(name, version);
}

/** A tarball that is kept here. */
interface KeptTarball extends Required<PackagePath> {
  readonly key: string;
  /** In bytes, where it is known without a look at it. */
  readonly size?: number;
  /** For `cache-control`. */
  readonly control: string;
}

/** Sends small tarballs from memory, large ones as a stream. Gives back whether the asker got it, and had not yet. */
async function sendBlob(
  { blobs }: Registry,
  cache: BodyCache,
  { name, version, key, size, control: cacheControl }: KeptTarball,
  { method, headers: { 'if-none-match': known } }: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
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
  let body = isHead ? undefined : cache.get(key);
  if (body === undefined && (size === undefined || size > streamedFrom || isHead)) {
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
  if (body === undefined) {
    const bytes = await blobs.read(key);
    if (!bytes || createHash('sha512').update(bytes).digest('hex') !== key)
      throw errors.AF_REGISTRY_BLOB_DAMAGED({ name, version });
    body = cache.put(key, bytes);
  }
  response.writeHead(200, { ...headers, 'content-length': body.length });
  end(response, body);
  return true;
}

/** A text has one character for each byte; of bytes the encoding means nothing. */
function end(response: ServerResponse, body: Uint8Array | string): void {
  response.end(body, 'latin1');
}

/** Whoever stops reading half-way is no failure of ours. */
function ended(error: unknown): false {
  if (Object(error).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  return false;
}

/** A restricted package is for those who may read it; others are told what they are told where there is nothing. */
async function refuseStrangers(
  registry: Registry,
  name: string,
  restricted: number,
  request: IncomingMessage,
  notThere = (): Error => errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name }),
): Promise<void> {
  if (!restricted) return;
  const caller = await callerOf(registry, request);
  if (!caller || !(await mayRead(registry.database, name, caller))) throw notThere();
}

/** `If-None-Match` (RFC 9110, 13.1.2), compared weakly. */
function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return (
    header === tag ||
    header === '*' ||
    header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
  );
}

function control(restricted: number): string {
  return restricted ? 'private, no-cache' : 'public, no-cache';
}
