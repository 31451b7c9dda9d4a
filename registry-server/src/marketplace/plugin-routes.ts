import { permissionDiff, permissionsOf } from '@agent-factory/plugin-package';
import type { Json } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from '../errors.ts';
import { downloadsSince, findVersion, versionsOf, type VersionRow } from '../store/packages.ts';
import { ownersOf } from '../store/owners.ts';
import { countFacets, facetValues, searchPackages } from '../store/search-index.ts';
import { shownPin } from '../trust/author-pin.ts';
import { ago, type Registry } from '../app/registry.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';
import { count } from '../protocol/body-fields.ts';
import { facetNames } from '../protocol/search-entry.ts';

const hour = 3_600_000;
const day = 24 * hour;
const longestText = 500;
const longestRange = 256;

type ShortVersion = Omit<VersionRow, 'readme' | 'changelog'>;

/** Plugins as the marketplace tells of them. */
export const pluginRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/af/v1/plugins', access: 'public', handler: searchPlugins },
  { method: 'GET', path: '/-/af/v1/plugins/:name', access: 'public', handler: showPlugin },
  { method: 'GET', path: '/-/af/v1/plugins/:name/versions', access: 'public', handler: listVersions },
  {
    method: 'GET',
    path: '/-/af/v1/plugins/:name/permissions',
    access: 'public',
    handler: comparePermissions,
  },
  { method: 'GET', path: '/-/af/v1/plugins/:name/readme', access: 'public', handler: showReadme },
];

async function searchPlugins({ registry, query }: Call): Promise<Reply> {
  const facets: Record<string, string[]> = {};
  for (const name of facetNames) {
    const values = query
      .getAll(name)
      .flatMap((value) => value.split(','))
      .filter(Boolean)
      .slice(0, 20);
    if (values.length > 0) facets[name] = name === 'kernel' ? await rangesThatHold(registry, values) : values;
  }
  const asked = {
    text: (query.get('text') ?? '').slice(0, longestText),
    facets,
    from: count(query, 'from', 0, 10_000),
    size: count(query, 'size', 20, 100),
  };
  const { total, found } = await searchPackages(registry.database, asked);
  const counts =
    query.get('facets') === 'false' ? {} : await countFacets(registry.database, asked, facetNames);
  const plugins = found.map(({ entry, downloads }) => `${entry.slice(0, -1)},"downloads":${downloads}}`);
  return {
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=10' },
    body: `{"plugins":[${plugins.join(',')}],"total":${total},"facets":${JSON.stringify(counts)}}`,
  };
}

/** Of all kernel ranges that plugins name, those that hold one of some kernel versions. */
async function rangesThatHold(registry: Registry, versions: readonly string[]): Promise<string[]> {
  for (const version of versions)
    if (version.length > longestRange || semver.valid(version) === null)
      throw errors.AF_REGISTRY_REQUEST({ reason: '"kernel" is no version of a kernel.' });
  const ranges = await facetValues(registry.database, 'kernel');
  return ranges.filter((range) =>
    versions.some((version) => semver.satisfies(version, range, { includePrerelease: true })),
  );
}

async function showPlugin(call: Call): Promise<Reply> {
  const { registry, params } = call;
  const { name = '' } = params;
  const { database } = registry;
  const row = await requireReadable(call, name);
  const tags = JSON.parse(row.tags) as Record<string, string>; // written as such
  const latest = tags['latest'] === undefined ? undefined : await findVersion(database, name, tags['latest']);
  if (!latest) throw errors.AF_REGISTRY_PACKAGE_UNKNOWN({ name });
  const since = ago(registry, 30 * day).slice(0, 10);
  const manifest = JSON.parse(latest.manifest) as Record<string, Json>; // written as such
  const { description = '', keywords = [], homepage, repository, license } = manifest;
  return {
    body: {
      name,
      description,
      keywords,
      license,
      homepage,
      repository,
      created: row.created,
      modified: row.modified,
      tags,
      latest: shownVersion(registry, latest),
      owners: (await ownersOf(database, name)).map(({ account }) => account),
      authorKey: shownPin(row),
      downloads: { total: row.downloads, days: await downloadsSince(database, name, since) },
    },
  };
}

async function listVersions(call: Call): Promise<Reply> {
  const { registry, params } = call;
  const { name = '' } = params;
  await requireReadable(call, name);
  const versions = (await versionsOf(registry.database, name)).toSorted((left, right) =>
    semver.rcompare(left.version, right.version),
  );
  return { body: { name, versions: versions.map((version) => shownVersion(registry, version)) } };
}

/** What a version asks for, beside an older one or beside what was granted: `?from=1.0.0&to=1.1.0`. */
async function comparePermissions(call: Call): Promise<Reply> {
  const { registry, params, query } = call;
  const { name = '' } = params;
  const row = await requireReadable(call, name);
  const tags = JSON.parse(row.tags) as Record<string, string>; // written as such
  const permissions = async (version: string): Promise<Json> => {
    const found = await findVersion(registry.database, name, version);
    if (!found) throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version: version.slice(0, 128) });
    return JSON.parse(found.permissions) as Json; // written as JSON
  };
  const [from, to] = [query.get('from'), query.get('to') ?? tags['latest'] ?? ''];
  const before = from === null ? {} : await permissions(from);
  return { body: { name, from, to, ...permissionDiff(before, await permissions(to)) } };
}

async function showReadme(call: Call): Promise<Reply> {
  const { registry, params, query } = call;
  const { name = '' } = params;
  const row = await requireReadable(call, name);
  const tags = JSON.parse(row.tags) as Record<string, string>; // written as such
  const version = query.get('version') ?? tags['latest'] ?? '';
  const found = await findVersion(registry.database, name, version);
  if (!found) throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version: version.slice(0, 128) });
  return { body: { name, version, readme: found.readme, changelog: found.changelog } };
}

function shownVersion({ settings }: Registry, version: ShortVersion): Record<string, unknown> {
  const manifest = JSON.parse(version.manifest) as Record<string, Json>; // written as such
  const published = Date.parse(version.published);
  return {
    version: version.version,
    state: version.state,
    reason: version.reason,
    deprecated: version.deprecated,
    published: version.published,
    publisher: version.publisher,
    trustedPublisher: version.trusted_publisher,
    /** When installers that wait for new versions to be looked at should take it. */
    settled: new Date(published + settings.cooldownHours * hour).toISOString(),
    integrity: version.integrity,
    bytes: version.bytes,
    unpackedBytes: version.unpacked,
    authorKey: version.author_key,
    kernel: Object(manifest['agentFactory']).kernel ?? null,
    permissions: permissionsOf(JSON.parse(version.permissions)),
  };
}
