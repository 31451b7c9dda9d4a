import { readArchive, type PackageFile } from '@agent-factory/plugin-package';
import { errors } from '../errors.ts';
import { blobKey } from '../store/blobs.ts';
import { findVersion } from '../store/packages.ts';
import type { Registry } from '../app/registry.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';

/** Pictures of one version, most. */
const mostPictures = 8;
/** Largest picture, in bytes. */
const mostBytes = 2 * 2 ** 20;
/** Versions whose pictures are held in memory. */
const mostHeld = 50;

/** A picture of a plugin: a file in the folder `screenshots` of its package. */
interface Screenshot {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What the first bytes of a picture are; a name proves nothing, and SVG can hold scripts. */
const signatures: readonly (readonly [type: string, offset: number, bytes: string])[] = [
  ['image/png', 0, '89504e470d0a1a0a'],
  ['image/jpeg', 0, 'ffd8ff'],
  ['image/webp', 8, '57454250'],
];

/** Pictures of plugins. */
export const screenshotRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/af/v1/plugins/:name/screenshots', access: 'public', handler: listScreenshots },
  {
    method: 'GET',
    path: '/-/af/v1/plugins/:name/screenshots/:version/:file',
    access: 'public',
    handler: sendScreenshot,
  },
];

const held = new WeakMap<Registry, Map<string, readonly Screenshot[]>>();

/** The pictures of a version, in the order of their names. */
export async function screenshotsOf(registry: Registry, integrity: string): Promise<readonly Screenshot[]> {
  const known = held.get(registry) ?? new Map<string, readonly Screenshot[]>();
  held.set(registry, known);
  const found = known.get(integrity);
  if (found) return found;
  const bytes = await registry.blobs.read(blobKey(integrity));
  const pictures = bytes ? picturesIn((await readArchive(bytes)).files) : [];
  known.set(integrity, pictures);
  const [oldest] = known.keys();
  if (known.size > mostHeld && oldest !== undefined) known.delete(oldest);
  return pictures;
}

function picturesIn(files: readonly PackageFile[]): readonly Screenshot[] {
  return files
    .flatMap(({ path, bytes }) => {
      const name = /^screenshots\/([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/.exec(path)?.[1];
      const type = name === undefined || bytes.length > mostBytes ? undefined : typeOf(bytes);
      return name === undefined || type === undefined ? [] : [{ name, type, bytes }];
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .slice(0, mostPictures);
}

function typeOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return signatures.find(([, offset, wanted]) => head.startsWith(wanted, offset * 2))?.[0];
}

async function listScreenshots(call: Call): Promise<Reply> {
  const { registry, params, query } = call;
  const { name = '' } = params;
  const row = await requireReadable(call, name);
  const latest = (JSON.parse(row.tags) as Record<string, string>)['latest'] ?? ''; // written as such
  const version = query.get('version') ?? latest;
  const pictures = await picturesOf(registry, name, version);
  const base = `${registry.url}/-/af/v1/plugins/${encodeURIComponent(name)}/screenshots/${version}`;
  return {
    body: {
      name,
      version,
      screenshots: pictures.map((one) => ({ url: `${base}/${one.name}`, type: one.type })),
    },
  };
}

async function sendScreenshot(call: Call): Promise<Reply> {
  const { registry, params } = call;
  const { name = '', version = '', file = '' } = params;
  const row = await requireReadable(call, name);
  const picture = (await picturesOf(registry, name, version)).find((one) => one.name === file);
  if (!picture) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'screenshot', name: file.slice(0, 100) });
  const visible = row.visibility === 'public' ? 'public' : 'private';
  return {
    headers: {
      'content-type': picture.type,
      'content-length': String(picture.bytes.length),
      'cache-control': `${visible}, max-age=31536000, immutable`,
      'content-security-policy': "default-src 'none'; sandbox",
    },
    body: picture.bytes,
  };
}

/** @throws AF_REGISTRY_VERSION_UNKNOWN, also for versions that are gone */
async function picturesOf(registry: Registry, name: string, version: string): Promise<readonly Screenshot[]> {
  const found = await findVersion(registry.database, name, version);
  if (!found || found.state === 'removed' || found.state === 'blocked')
    throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version: version.slice(0, 128) });
  return screenshotsOf(registry, found.integrity);
}
