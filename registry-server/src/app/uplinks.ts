import { createHash } from 'node:crypto';
import semver from 'semver';
import type { RegistrySettings } from '../config.ts';
import { errors } from '../errors.ts';
import { objectOf, textOf, type JsonObject } from '../protocol/json-object.ts';
import { tagOf } from '../protocol/packument.ts';
import { blobKey, type BlobStore } from '../store/blobs.ts';
import {
  findMirrored,
  hasMirroredTarball,
  putMirrored,
  putMirroredTarball,
  touchMirrored,
  type MirroredRow,
  type MirroredTarball,
} from '../store/mirrored.ts';
import type { SqlDatabase } from '../store/sql.ts';
import { allBlocks } from '../store/trust-rows.ts';
import { createTurns } from './turns.ts';

/** A document that is this old is asked for again. */
const freshMs = 60_000;
const documentMs = 4_000;
const tarballMs = 60_000;
const mostDocument = 64 * 2 ** 20;
/** Tarballs that are fetched from one registry at the same time; each is in memory whole until it is kept. */
const mostFetches = 4;

/** Other registries that some names come from. A name comes from one place: there, or here, never from both. */
export interface Uplinks {
  /** Address of the registry a package comes from; `undefined` when that is this one. */
  originOf(name: string): string | undefined;
  /** Its document, with the addresses of its tarballs here. The last that was seen, when its registry does not answer. */
  document(name: string): Promise<Pick<MirroredRow, 'bytes' | 'tag'>>;
  /** The key of one of its tarballs, which is kept here from then on. None that is blocked here. */
  tarball(name: string, version: string): Promise<string>;
}

interface UplinkParts {
  readonly settings: Pick<RegistrySettings, 'uplinks' | 'now' | 'maxPackageBytes'>;
  readonly url: string;
  readonly database: SqlDatabase;
  readonly blobs: BlobStore;
}

export function createUplinks({ settings, url, database, blobs }: UplinkParts): Uplinks {
  const rules = settings.uplinks.map(({ pattern, url: origin }) => ({
    test: new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`),
    origin: origin.replace(/\/+$/, ''),
  }));
  /** What is being asked for: those who want the same wait for one answer. */
  const asked = new Map<string, Promise<Pick<MirroredRow, 'bytes' | 'tag'>>>();
  const fetched = new Map<string, Promise<void>>();
  /** By address: a registry that is slow keeps nobody from the others. */
  const turns = new Map(rules.map(({ origin }) => [origin, createTurns(mostFetches)]));

  const originOf = (name: string): string | undefined => rules.find(({ test }) => test.test(name))?.origin;

  async function fetchDocument(name: string): Promise<Pick<MirroredRow, 'bytes' | 'tag'>> {
    const origin = originOf(name) ?? '';
    const row = await findMirrored(database, name);
    const known = row && row.origin === origin && row.url === url ? row : undefined;
    const now = settings.now();
    if (known && now.getTime() - Date.parse(known.fetched) < freshMs) return known;
    const headers = {
      accept: 'application/json',
      ...(known?.origin_tag && { 'if-none-match': known.origin_tag }),
    };
    let answer: Answer;
    try {
      answer = await get(`${origin}/${name.replace('/', '%2f')}`, headers, documentMs, mostDocument);
      if (answer.status === 404) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
      if (answer.status === 304 && known) {
        await database.write((sql) => touchMirrored(sql, name, now.toISOString()));
        return known;
      }
      if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
      const bytes = served(name, answer.bytes, url);
      const { etag } = answer;
      const next = { package: name, origin, url, bytes, tag: tagOf(bytes), origin_tag: etag };
      await database.write((sql) => putMirrored(sql, { ...next, fetched: now.toISOString() }));
      return next;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }; // whatever it is, it is an error
      if (code === 'AF_REGISTRY_PACKAGE_UNKNOWN') throw error;
      if (known) return known;
      throw errors.AF_REGISTRY_UPLINK({ name, origin, reason: message }, { cause: error });
    }
  }

  /** Puts a tarball among those kept here, if it is what it should be. */
  async function fetchTarball(wanted: MirroredTarball): Promise<void> {
    const { package: name, version, origin, blob } = wanted;
    const refuse = (reason: string): Error => errors.AF_REGISTRY_UPLINK({ name, origin, reason });
    const file = `${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
    let answer: Answer;
    try {
      answer = await get(`${origin}/${name}/-/${file}`, {}, tarballMs, settings.maxPackageBytes);
    } catch (error) {
      throw refuse(`${file} broke off: ${(error as Error).message}`); // fetch throws nothing else
    }
    if (answer.status !== 200) throw refuse(`it answered ${answer.status} for ${file}`);
    if (createHash('sha512').update(answer.bytes).digest('hex') !== blob)
      throw refuse(`${file} is not what its sha512 says`);
    await blobs.put(blob, answer.bytes);
    await database.write((sql) => putMirroredTarball(sql, wanted));
  }

  return {
    originOf,
    document: (name) => shared(asked, name, () => fetchDocument(name)),
    async tarball(name, version) {
      const origin = originOf(name) ?? '';
      const { bytes: document } = await this.document(name);
      const versions = objectOf(objectOf(JSON.parse(Buffer.from(document).toString('utf8')))['versions']);
      if (!Object.hasOwn(versions, version)) throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
      const block = (await allBlocks(database)).find(
        (each) =>
          each.package === name && semver.satisfies(version, each.versions, { includePrerelease: true }),
      );
      if (block) throw errors.AF_REGISTRY_BLOCKED({ name, version, reason: block.reason });
      const integrity = /(?:^|\s)(sha512-[A-Za-z0-9+/]{86}==)/.exec(
        textOf(objectOf(objectOf(versions[version])['dist'])['integrity']),
      )?.[1];
      if (integrity === undefined) {
        const reason = `it gives no sha512 of version ${version}`;
        throw errors.AF_REGISTRY_UPLINK({ name, origin, reason });
      }
      const key = blobKey(integrity);
      const wanted = { package: name, version, origin, blob: key };
      // That there is such a tarball is not enough: it may be of a package here that is not for everybody.
      if ((await hasMirroredTarball(database, wanted)) && (await blobs.has(key))) return key;
      const inTurn = turns.get(origin) ?? createTurns();
      // Not by the key alone: another registry could name the same one, and never send it.
      await shared(fetched, `${name}@${version} ${key}`, () => inTurn(() => fetchTarball(wanted)));
      return key;
    },
  };
}

/** What is under way is waited for, and not begun again. */
function shared<T>(underWay: Map<string, Promise<T>>, key: string, begin: () => Promise<T>): Promise<T> {
  const pending = underWay.get(key) ?? begin().finally(() => underWay.delete(key));
  underWay.set(key, pending);
  return pending;
}

interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly bytes: Uint8Array;
}

async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  limit: number,
): Promise<Answer> {
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > limit) throw new Error(`it sends more than ${limit} bytes`);
    pieces.push(piece);
  }
  return { status: response.status, etag: response.headers.get('etag'), bytes: Buffer.concat(pieces) };
}

/** The document as it is served here: its tarballs are at this address, wherever they came from. */
function served(name: string, bytes: Uint8Array, url: string): Buffer {
  const document = objectOf(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (document['name'] !== name) throw new Error('it answered with another package');
  const bare = name.slice(name.indexOf('/') + 1);
  const versions = Object.entries(objectOf(document['versions'])).map(
    ([version, manifest]): [string, JsonObject] => {
      const { dist, ...rest } = objectOf(manifest);
      const tarball = `${url}/${name}/-/${bare}-${version}.tgz`;
      return [version, { ...rest, dist: { ...objectOf(dist), tarball } }];
    },
  );
  return Buffer.from(JSON.stringify({ ...document, versions: Object.fromEntries(versions) }));
}
