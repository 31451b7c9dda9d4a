import { performance } from 'node:perf_hooks';
import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { findVersion } from '../store/packages.ts';
import { searchPackages } from '../store/search-index.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { requireReadable } from './access-routes.ts';
import { count } from './body-fields.ts';

const longestSearch = 500;

/** What anybody may read: search, signing keys, attestations. */
export const readRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/ping', access: 'public', handler: async () => ({ body: {} }) },
  { method: 'GET', path: '/-/v1/search', access: 'public', handler: search },
  { method: 'GET', path: '/-/npm/v1/keys', access: 'public', handler: listKeys },
  { method: 'GET', path: '/-/npm/v1/attestations/:spec', access: 'public', handler: showAttestations },
];

async function search({ registry, query }: Call): Promise<Reply> {
  const began = performance.now();
  const { text, facets } = readSearch((query.get('text') ?? '').slice(0, longestSearch));
  const from = count(query, 'from', 0, 10_000);
  const size = count(query, 'size', 20, 250);
  const { total, found } = await searchPackages(registry.database, { text, facets, from, size });
  const objects = found.map(({ entry, score, downloads }) => {
    const detail = { quality: 1, popularity: Math.min(1, Math.log10(1 + downloads) / 6), maintenance: 1 };
    const counts = JSON.stringify({ weekly: downloads, monthly: downloads });
    return `{"package":${entry},"score":{"final":${score},"detail":${JSON.stringify(detail)}},"searchScore":${score},"downloads":${counts}}`;
  });
  const time = new Date().toUTCString();
  const took = (performance.now() - began).toFixed(1);
  return {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=10',
      'server-timing': `db;dur=${took}`,
    },
    body: `{"objects":[${objects.join(',')}],"total":${total},"time":${JSON.stringify(time)}}`,
  };
}

/** Words, and the `scope:`, `keywords:` and facet qualifiers among them. */
function readSearch(given: string): { text: string; facets: Record<string, string[]> } {
  const facets: Record<string, string[]> = {};
  const text = given.replace(
    /\b(scope|keywords|capability|category|permission|kind):(\S+)/g,
    (_, name: string, value: string) => {
      const facet = name === 'keywords' ? 'category' : name;
      (facets[facet] ??= []).push(...value.replace(/^@/, '').split(','));
      return ' ';
    },
  );
  // Every plugin has it, so it is no category.
  const only = facets['category']?.filter((value) => value !== 'agent-factory-plugin');
  if (only?.length === 0) delete facets['category'];
  else if (only) facets['category'] = only;
  return { text, facets };
}

async function listKeys({ registry }: Call): Promise<Reply> {
  return { headers: { 'cache-control': 'public, max-age=300' }, body: { keys: registry.keys.list() } };
}

async function showAttestations(call: Call): Promise<Reply> {
  const { registry, params } = call;
  const spec = params['spec'] ?? '';
  const at = spec.lastIndexOf('@');
  const [name, version] = [spec.slice(0, at), spec.slice(at + 1)];
  await requireReadable(call, name);
  const found = await findVersion(registry.database, name, version);
  if (!found || found.provenance === null) throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
  const bundle = JSON.parse(found.provenance) as Json; // checked when it was published
  return { body: { attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle }] } };
}
