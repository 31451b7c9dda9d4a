import semver from 'semver';
import { errors } from '../errors.ts';
import {
  countFacets,
  facetValues,
  searchPackages,
  type FacetCounts,
  type SearchResult,
} from '../store/search-index.ts';
import type { Registry } from '../app/registry.ts';
import { count } from '../protocol/body-fields.ts';
import { facetNames } from '../protocol/search-entry.ts';

const longestText = 500;
const longestRange = 256;

/** What a search of the marketplace gives. */
export interface FoundPlugins extends SearchResult {
  /** Empty where they were not asked for. */
  readonly counts: FacetCounts;
}

/**
 * Searches as a query asks: `text`, `from`, `size`, and facets by their names, each several times or with commas;
 * `kernel` is a version, and finds what runs on it.
 *
 * @throws AF_REGISTRY_REQUEST
 */
export async function findPlugins(
  registry: Registry,
  query: URLSearchParams,
  withCounts: boolean,
): Promise<FoundPlugins> {
  const facets: Record<string, string[]> = {};
  for (const name of facetNames) {
    const values = chosen(query, name);
    if (values.length > 0) facets[name] = name === 'kernel' ? await rangesThatHold(registry, values) : values;
  }
  const asked = {
    text: (query.get('text') ?? '').slice(0, longestText),
    facets,
    from: count(query, 'from', 0, 10_000),
    size: count(query, 'size', 20, 100),
  };
  const found = await searchPackages(registry.database, asked);
  const counts = withCounts ? await countFacets(registry.database, asked, facetNames) : {};
  return { ...found, counts };
}

/** The values of a facet that a query asks for. */
export function chosen(query: URLSearchParams, facet: string): string[] {
  return query
    .getAll(facet)
    .flatMap((value) => value.split(','))
    .filter(Boolean)
    .slice(0, 20);
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
