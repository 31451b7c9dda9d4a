import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from '../errors.ts';
import { parsePackagePath, type PackagePath } from '../protocol/package-path.ts';
import { blobKey } from '../store/blobs.ts';
import {
  findDocument,
  findDocumentTag,
  findTarball,
  type ReadyDocument,
  type TarballRow,
} from '../store/packages.ts';
import { createBodyCache, type BodyCache } from './body-cache.ts';
import { callerOf } from './caller.ts';
import { createKnownRows, type KnownRows } from './known-rows.ts';
import { mayRead } from './package-rights.ts';
import type { Registry } from './registry.ts';
import { endWith, matches, sendBlob } from './send-blob.ts';

const shortType = 'application/vnd.npm.install-v1+json';
const cacheBytes = 16 * 2 ** 20;

const mostRows = 10_000;

/** Settles when it is answered; with rows and bytes at hand, that is at once. */
type Answered = true | Promise<void>;

/** Answers what installs ask for, packages and tarballs, without the application's detours. */
export interface FastPath {
  /** Gives back false for what is not its business. */
  (request: IncomingMessage, response: ServerResponse): Answered | false;
}

type DocumentHead = Omit<ReadyDocument, 'bytes'>;

/** A tarball's row, with the key it is kept under. */
type KnownTarball = TarballRow & { readonly key: string };

interface Parts {
  readonly registry: Registry;
  readonly cache: BodyCache;
  readonly documents: Readonly<Record<'full' | 'short', KnownRows<DocumentHead>>>;
  readonly tarballs: KnownRows<KnownTarball>;
}

export function createFastPath(registry: Registry): FastPath {
  const { database } = registry;
  const parts: Parts = {
    registry,
    cache: createBodyCache(cacheBytes),
    documents: { full: createKnownRows(database, mostRows), short: createKnownRows(database, mostRows) },
    tarballs: createKnownRows(database, mostRows),
  };
  return (request, response) => {
    const { method, url = '' } = request;
    if ((method !== 'GET' && method !== 'HEAD') || url.startsWith('/-/') || url === '/robots.txt')
      return false;
    const query = url.indexOf('?');
    // `?write=true` asks for what stands before an edit; any other query means nothing here.
    if (query >= 0 && url.includes('write=true', query)) return false;
    const path = parsePackagePath(query < 0 ? url : url.slice(0, query));
    if (!path) return false;
    const { name, version } = path;
    if (registry.uplinks.originOf(name) !== undefined)
      return sendMirrored(registry, parts.cache, path, request, response);
    if (version === undefined) return sendDocument(parts, name, request, response);
    return sendTarball(parts, { name, version }, request, response);
  };
}

/** Goes on with a value: at once where it is at hand. */
function withValue<Value>(value: Value | Promise<Value>, goOn: (value: Value) => Answered): Answered {
  if (!(value instanceof Promise)) return goOn(value);
  return value.then(async (known) => void (await goOn(known)));
}

function sendDocument(
  parts: Parts,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Answered {
  const { registry, documents } = parts;
  const { accept = '' } = request.headers;
  const form = accept.includes(shortType) ? 'short' : 'full';
  const head = documents[form].get(name, () => findDocumentTag(registry.database, name, form));
  return withValue(head, (known) =>
    withValue(refuseStrangers(registry, name, known?.restricted ?? 1, request), () => {
      if (known && matches(request.headers['if-none-match'], known.tag))
        return sendUnchanged(known, response);
      const body = known && parts.cache.get(known.tag);
      if (known && body !== undefined) return writeDocument(form, known, body, request, response);
      return readDocument(parts, { name, form, known }, request, response);
    }),
  );
}

async function readDocument(
  { registry, cache }: Parts,
  { name, form, known }: { name: string; form: 'full' | 'short'; known: DocumentHead | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const whole = await findDocument(registry.database, name, form);
  // It may have changed between the two looks.
  if (whole?.restricted !== known?.restricted)
    await refuseStrangers(registry, name, whole?.restricted ?? 1, request);
  if (!whole) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  writeDocument(form, whole, cache.put(whole.tag, whole.bytes), request, response);
}

function sendUnchanged({ tag, restricted }: DocumentHead, response: ServerResponse): true {
  response.writeHead(304, { etag: tag, vary: 'Accept', 'cache-control': control(restricted) });
  response.end();
  return true;
}

function writeDocument(
  form: 'full' | 'short',
  { tag, modified, restricted }: DocumentHead,
  body: Uint8Array | string,
  { method }: IncomingMessage,
  response: ServerResponse,
): true {
  response.writeHead(200, {
    'content-type': form === 'short' ? shortType : 'application/json',
    'content-length': body.length,
    etag: tag,
    'last-modified': modified,
    vary: 'Accept',
    'cache-control': control(restricted),
    'x-content-type-options': 'nosniff',
  });
  endWith(response, method === 'HEAD' ? '' : body);
  return true;
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

function sendTarball(
  { registry, cache, tarballs }: Parts,
  { name, version }: Required<PackagePath>,
  request: IncomingMessage,
  response: ServerResponse,
): Answered {
  const notThere = (): Error => errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
  // No version has a slash in it.
  const row = tarballs.get(`${version}/${name}`, () => findKept(registry, name, version));
  return withValue(row, (found) =>
    withValue(refuseStrangers(registry, name, found?.restricted ?? 1, request, notThere), () => {
      if (!found || found.state === 'removed') throw notThere();
      if (found.state === 'blocked')
        throw errors.AF_REGISTRY_BLOCKED({
          name,
          version,
          reason: found.reason ?? 'its operator blocked it.',
        });
      const tarball = {
        name,
        version,
        key: found.key,
        size: found.bytes,
        control: found.restricted ? control(1) : 'public, max-age=31536000, immutable',
      };
      return withValue(sendBlob(registry, cache, tarball, request, response), (sent) => {
        if (sent) registry.downloads.add(name, version);
        return true;
      });
    }),
  );
}

async function findKept(
  { database }: Registry,
  name: string,
  version: string,
): Promise<KnownTarball | undefined> {
  const row = await findTarball(database, name, version);
  return row && { ...row, key: blobKey(row.integrity) };
}

/** A restricted package is for those who may read it; others are told what they are told where there is nothing. */
function refuseStrangers(
  registry: Registry,
  name: string,
  restricted: number,
  request: IncomingMessage,
  notThere = (): Error => errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name }),
): Promise<void> | undefined {
  return restricted ? requireReader(registry, name, request, notThere) : undefined;
}

async function requireReader(
  registry: Registry,
  name: string,
  request: IncomingMessage,
  notThere: () => Error,
): Promise<void> {
  const caller = await callerOf(registry, request);
  if (!caller || !(await mayRead(registry.database, name, caller))) throw notThere();
}

function control(restricted: number): string {
  return restricted ? 'private, no-cache' : 'public, no-cache';
}
