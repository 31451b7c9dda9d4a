import type { Json } from '@agent-factory/sdk';
import type { OwnerRow } from '../store/owners.ts';
import type { PackageRow, VersionRow } from '../store/packages.ts';
import type { SearchEntry } from '../store/search-index.ts';
import { objectOf, textOf, type JsonObject } from './json-object.ts';

/** The facets a search may be narrowed by. */
export const facetNames: readonly string[] = [
  'capability',
  'category',
  'permission',
  'kernel',
  'kind',
  'scope',
];

const mostValues = 32;
const longestText = 1000;

/** What of a package is found by searches: its newest version, as its tarball describes it. */
export function searchEntryOf(
  row: PackageRow,
  latest: VersionRow,
  owners: readonly OwnerRow[],
  url: string,
): SearchEntry {
  const manifest = JSON.parse(latest.manifest) as JsonObject; // written as an object
  const block = objectOf(manifest['agentFactory']);
  const description = textOf(manifest['description']).slice(0, longestText);
  const keywords = listOf(manifest['keywords']);
  const maintainers = owners.map(({ account: username, email }) => ({ username, email }));
  const publisher = objectOf(manifest['_npmUser']);
  const kind = manifest['agentFactory'] === undefined ? 'package' : textOf(block['kind']) || 'code';
  const entry = {
    name: row.name,
    ...(row.name.startsWith('@') && { scope: row.name.slice(1, row.name.indexOf('/')) }),
    version: latest.version,
    description,
    keywords,
    date: latest.published,
    license: textOf(manifest['license']),
    links: { npm: `${url}/plugins/${row.name}`, ...linksOf(manifest) },
    publisher: { username: textOf(publisher['name']), email: textOf(publisher['email']) },
    maintainers,
    ...(manifest['agentFactory'] !== undefined && {
      agentFactory: { id: textOf(block['id']), kernel: textOf(block['kernel']), kind },
    }),
  };
  return {
    package: row.name,
    description,
    keywords,
    restricted: row.visibility !== 'public',
    facets: {
      capability: keysOf(block['provides'], block['contributes']),
      category: keywords.filter((word) => word !== 'agent-factory-plugin'),
      permission: keysOf(block['permissions']),
      kernel: textOf(block['kernel']) ? [textOf(block['kernel'])] : [],
      kind: [kind],
      scope: entry.scope === undefined ? [] : [entry.scope],
    },
    entry: JSON.stringify(entry),
  };
}

function linksOf(manifest: JsonObject): Record<string, string> {
  const { homepage, repository, bugs } = manifest;
  const links = {
    homepage: textOf(homepage),
    repository: textOf(typeof repository === 'string' ? repository : objectOf(repository)['url']),
    bugs: textOf(typeof bugs === 'string' ? bugs : objectOf(bugs)['url']),
  };
  return Object.fromEntries(Object.entries(links).filter(([, link]) => link !== ''));
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? value
        .filter((each) => typeof each === 'string')
        .slice(0, mostValues)
        .map((each) => each.slice(0, 100))
    : [];
}

function keysOf(...values: readonly (Json | undefined)[]): string[] {
  return values
    .flatMap((value) => Object.keys(objectOf(value)))
    .slice(0, mostValues)
    .map((each) => each.slice(0, 100));
}
