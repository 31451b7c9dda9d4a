import { createHash, hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Json } from '@agent-factory/sdk';
import { entryPath, SeenPaths } from './entry-path.ts';
import { errors } from './errors.ts';
import { readTar } from './tar-reader.ts';

const unzip = promisify(gunzip);
/** So small a file is unpacked at once: to hand it to another thread and back, piece by piece, takes longer. */
const smallBytes = 2 ** 16;
const pieceBytes = 2 ** 17;
const leastPiece = 2 ** 12;

/** How much a package file may hold. */
export interface ArchiveLimits {
  /** Files and folders. Default 2,000. */
  readonly entries?: number;
  /** Bytes of the file as it is sent. Default 32 MiB. */
  readonly packedBytes?: number;
  /** Bytes unpacked, headers included. Default 64 MiB. */
  readonly unpackedBytes?: number;
  /** How many times larger it may become when unpacked; small ones may always reach 1 MiB. Default 100. */
  readonly ratio?: number;
}

/** The limits that hold where none are given. */
export const defaultLimits: Required<ArchiveLimits> = {
  entries: 2_000,
  packedBytes: 32 * 2 ** 20,
  unpackedBytes: 64 * 2 ** 20,
  ratio: 100,
};

/** One file of a package. */
export interface PackageFile {
  /** Inside the package: `dist/index.js`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** A package.json, as far as anything is known of it here. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly [key: string]: Json;
}

/** A package file that was scanned and found harmless to unpack. Nothing has been written. */
export interface PackageArchive {
  readonly files: readonly PackageFile[];
  readonly packageJson: PackageJson;
  /** Subresource-integrity string of the package file: `sha512-…`. */
  readonly integrity: string;
  /** Bytes of all files together. */
  readonly unpackedSize: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Where a text begins in a package.json that starts with a byte order mark. */
const byteOrderMark = '\uFEFF';

/**
 * Scans a package file (`.tgz`) in memory, before anything is unpacked: plain files and folders only, in one folder
 * `package/`, with paths that are the same on every system, one package.json, within the limits.
 *
 * @throws AF_ARCHIVE_UNREADABLE, AF_ARCHIVE_TOO_LARGE, AF_ARCHIVE_KIND, AF_ARCHIVE_PATH, AF_ARCHIVE_FORBIDDEN or
 * AF_ARCHIVE_MANIFEST
 */
export async function readArchive(bytes: Uint8Array, limits: ArchiveLimits = {}): Promise<PackageArchive> {
  const { entries, ...most } = { ...defaultLimits, ...limits };
  const tar = await unpack(bytes, most);
  const files: PackageFile[] = [];
  const seen = new SeenPaths();
  let count = 0;
  for (const { path: written, kind, mode, bytes: content } of readTar(tar)) {
    if (++count > entries)
      throw errors.AF_ARCHIVE_TOO_LARGE({ reason: `it holds more than ${entries} files` });
    const path = entryPath(written);
    if (mode & 0o7000) throw errors.AF_ARCHIVE_KIND({ path, what: 'marked to run as another user (setuid)' });
    if (path === '' && kind === 'file')
      throw errors.AF_ARCHIVE_PATH({ path: written, reason: 'is not a folder' });
    if (path !== '') seen.add(path, kind);
    if (kind === 'folder') continue;
    refuseForbidden(path);
    files.push({ path, bytes: content, executable: (mode & 0o100) !== 0 });
  }
  const packageJson = readPackageJson(files);
  refuseStrayModules(files, packageJson);
  return {
    files,
    packageJson,
    integrity: integrityOf(bytes),
    unpackedSize: files.reduce((sum, file) => sum + file.bytes.length, 0),
  };
}

/** The subresource-integrity string of some bytes, by SHA-512. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${hash('sha512', bytes, 'base64')}`;
}

/** The subresource-integrity string of what arrives piece by piece. */
export function createIntegrity(): { update(piece: Uint8Array): void; digest(): string } {
  const sum = createHash('sha512');
  return { update: (piece) => void sum.update(piece), digest: () => `sha512-${sum.digest('base64')}` };
}

async function unpack(
  bytes: Uint8Array,
  { packedBytes, unpackedBytes, ratio }: Omit<Required<ArchiveLimits>, 'entries'>,
): Promise<Uint8Array> {
  if (bytes.length > packedBytes)
    throw errors.AF_ARCHIVE_TOO_LARGE({ reason: `it has more than ${packedBytes} bytes` });
  const most = Math.min(unpackedBytes, Math.max(bytes.length * ratio, 2 ** 20));
  try {
    const options = { maxOutputLength: most, chunkSize: pieceFor(bytes) };
    return bytes.length <= smallBytes ? gunzipSync(bytes, options) : await unzip(bytes, options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // zlib throws nothing else
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw errors.AF_ARCHIVE_TOO_LARGE(
        { reason: `unpacked it has more than ${most} bytes` },
        { cause: error },
      );
    throw errors.AF_ARCHIVE_UNREADABLE({ reason: `it is no whole gzip file (${message})` }, { cause: error });
  }
}

/** A file ends with its unpacked size: a hint, which holds for most. A piece of that size and one byte takes all of it. */
function pieceFor(bytes: Uint8Array): number {
  if (bytes.length < 4) return leastPiece;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - 4, true);
  return Math.min(Math.max(size + 1, leastPiece), pieceBytes);
}

function refuseForbidden(path: string): void {
  if (!/(^|\/)\.npmrc$/i.test(path)) return;
  const reason = 'would change where npm looks for packages, and may hold a token';
  throw errors.AF_ARCHIVE_FORBIDDEN({ path, reason, mend: 'Take it out of the package.' });
}

function readPackageJson(files: readonly PackageFile[]): PackageJson {
  const file = files.find(({ path }) => path === 'package.json');
  if (!file) throw errors.AF_ARCHIVE_MANIFEST({ reason: 'there is none' });
  let json: unknown;
  try {
    const text = utf8.decode(file.bytes);
    json = JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  } catch (error) {
    throw errors.AF_ARCHIVE_MANIFEST({ reason: 'it is not JSON' }, { cause: error });
  }
  const { name, version } = Object(json) as Partial<PackageJson>; // looked at right here
  if (typeof name !== 'string' || typeof version !== 'string')
    throw errors.AF_ARCHIVE_MANIFEST({ reason: 'it has no name and version' });
  return json as PackageJson; // it has both, and is JSON
}

/** What lies in `node_modules` must be there on purpose. */
function refuseStrayModules(
  files: readonly PackageFile[],
  { bundleDependencies, bundledDependencies, dependencies }: PackageJson,
): void {
  const inside = files.find(({ path }) => /^node_modules\//i.test(path));
  if (!inside) return;
  const declared = bundleDependencies ?? bundledDependencies;
  const names =
    declared === true ? Object.keys(Object(dependencies)) : Array.isArray(declared) ? declared : [];
  if (names.length > 0) return;
  throw errors.AF_ARCHIVE_FORBIDDEN({
    path: inside.path,
    reason: 'lies in node_modules, although package.json bundles nothing',
    mend: 'List what it brings along under "bundleDependencies", or take it out.',
  });
}
