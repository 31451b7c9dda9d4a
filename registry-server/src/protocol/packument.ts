import { hash } from 'node:crypto';
import type { OwnerRow } from '../store/owners.ts';
import type { DocumentRow, PackageRow, VersionRow } from '../store/packages.ts';

/** Which form documents have. It goes up with every change of what is written into them, so that those kept are made anew. */
export const documentForm = 2;

/** A package with all that its documents are made of. */
export interface PackumentParts {
  readonly row: PackageRow;
  /** Oldest first; those that are gone as well. */
  readonly versions: readonly Omit<VersionRow, 'readme' | 'changelog'>[];
  readonly owners: readonly OwnerRow[];
  readonly readme: string;
  /** Address of the registry, without a slash at the end. */
  readonly url: string;
}

/** What the abbreviated document keeps of a version. */
const shortFields = [
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bin',
  'directories',
  'engines',
  'os',
  'cpu',
  'libc',
  'funding',
  'hasInstallScript',
  '_hasShrinkwrap',
] as const;

/** The versions a package offers. */
export function isServed({ state }: Pick<VersionRow, 'state'>): boolean {
  return state === 'live' || state === 'yanked';
}

/** The documents of a package as they are sent; `undefined` when it has no version left. */
export function documentsOf(parts: PackumentParts): DocumentRow | undefined {
  const { row, versions, owners, readme } = parts;
  const served = versions.filter(isServed);
  if (served.length === 0) return undefined;
  const newest = JSON.parse(latestOf(parts, served).manifest) as Record<string, unknown>; // written as an object
  const tags = row.tags;
  const time = JSON.stringify({
    created: row.created,
    modified: row.modified,
    ...Object.fromEntries(served.map(({ version, published }) => [version, published])),
  });
  const maintainers = owners.map(({ account: name, email }) => ({ name, email }));
  const head = {
    _id: row.name,
    _rev: revisionOf(row),
    name: row.name,
    ...pick(newest, ['description', 'keywords', 'homepage', 'bugs', 'repository', 'author', 'license']),
    maintainers,
    readme,
  };
  const full = serveVersions(served, (version) => fullVersion(version, parts));
  const short = serveVersions(served, (version) => shortVersion(version, parts));
  const fullBytes = Buffer.from(
    `${JSON.stringify(head).slice(0, -1)},"dist-tags":${tags},"time":${time},"versions":{${full}}}`,
  );
  const shortBytes = Buffer.from(
    `{"name":${JSON.stringify(row.name)},"dist-tags":${tags},"modified":${JSON.stringify(row.modified)},"time":${time},"versions":{${short}}}`,
  );
  return {
    package: row.name,
    restricted: row.visibility === 'public' ? 0 : 1,
    modified: new Date(row.modified).toUTCString(),
    full_bytes: fullBytes,
    full_tag: tagOf(fullBytes),
    short_bytes: shortBytes,
    short_tag: tagOf(shortBytes),
  };
}

/** What stands for the state of a package in edits, as CouchDB's clients know it. */
export function revisionOf({ revision }: Pick<PackageRow, 'revision'>): string {
  return `${revision}-0`;
}

/** Where a version's tarball is. */
function tarballUrl(url: string, name: string, version: string): string {
  return `${url}/${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
}

function latestOf<Version extends Pick<VersionRow, 'version'>>(
  { row }: PackumentParts,
  served: readonly Version[],
): Version {
  const tags = JSON.parse(row.tags) as Record<string, string>; // written as such
  const found = served.find(({ version }) => version === tags['latest']) ?? served.at(-1);
  if (!found) throw new Error('a document is made of at least one version');
  return found;
}

type Version = PackumentParts['versions'][number];

function serveVersions(versions: readonly Version[], write: (version: Version) => string): string {
  return versions.map((each) => `${JSON.stringify(each.version)}:${write(each)}`).join(',');
}

function fullVersion(version: Version, parts: PackumentParts): string {
  return withDist(version.manifest, version, parts);
}

function shortVersion(version: Version, parts: PackumentParts): string {
  const manifest = JSON.parse(version.manifest) as Record<string, unknown>; // written as an object
  return withDist(JSON.stringify(pick(manifest, shortFields)), version, parts);
}

/** Adds to a manifest what the registry alone knows. */
function withDist(manifest: string, version: Version, { url }: PackumentParts): string {
  const { package: name, version: number } = version;
  const dist = {
    integrity: version.integrity,
    shasum: version.shasum,
    tarball: tarballUrl(url, name, number),
    fileCount: version.files,
    unpackedSize: version.unpacked,
    signatures: [JSON.parse(version.signature)],
    ...(version.provenance !== null && {
      attestations: {
        url: `${url}/-/npm/v1/attestations/${name.replace('/', '%2f')}@${number}`,
        // What pnpm trusts by this alone has to be more than its publisher's word: a workflow showed who it is.
        ...(version.trusted_publisher !== null && {
          provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
        }),
      },
    }),
  };
  const extra = {
    dist,
    ...(version.deprecated !== null && { deprecated: version.deprecated }),
    ...(version.state === 'yanked' && { yanked: true }),
  };
  return `${manifest.slice(0, -1)},${JSON.stringify(extra).slice(1)}`;
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  );
}

export function tagOf(bytes: Uint8Array): string {
  return `"${hash('sha256', bytes, 'base64url').slice(0, 27)}"`;
}
