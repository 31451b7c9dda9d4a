import { permissionDiff } from '@agent-factory/plugin-package';
import type { Json } from '@agent-factory/sdk';
import semver from 'semver';
import { errors } from '../errors.ts';
import { findVersion, versionsOf } from '../store/packages.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { requireReadable } from '../protocol/access-routes.ts';
import { pluginDetails, shownVersion } from './plugin-details.ts';
import { findPlugins } from './find-plugins.ts';

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
  const { total, found, counts } = await findPlugins(registry, query, query.get('facets') !== 'false');
  const plugins = found.map(({ entry, downloads }) => `${entry.slice(0, -1)},"downloads":${downloads}}`);
  return {
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=10' },
    body: `{"plugins":[${plugins.join(',')}],"total":${total},"facets":${JSON.stringify(counts)}}`,
  };
}

async function showPlugin(call: Call): Promise<Reply> {
  const { name = '' } = call.params;
  return { body: await pluginDetails(call, name) };
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
