import { textOr } from './answer-text.ts';
import { RegistryClient } from './registry-client.ts';
import type { Transport } from './transport.ts';

/** A plugin that was found. */
export interface FoundPlugin {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** When this version was published (ISO 8601). */
  readonly date: string;
}

/** What a search is narrowed by; each field finds plugins that have one of its values. */
export interface SearchFacets {
  /** Contracts it provides or adds to. */
  readonly capability?: readonly string[];
  readonly category?: readonly string[];
  /** Permissions it asks for. */
  readonly permission?: readonly string[];
  /** Versions of the kernel it runs on. */
  readonly kernel?: readonly string[];
  /** `code`, `blueprint` or `knowledge`. */
  readonly kind?: readonly string[];
  readonly scope?: readonly string[];
}

/** Finds plugins by words, by facets, or both. Only a registry with a marketplace knows facets. */
export async function searchPlugins(
  registry: string,
  words: string,
  size: number,
  transport: Transport,
  facets: SearchFacets = {},
): Promise<readonly FoundPlugin[]> {
  const client = new RegistryClient(registry, transport);
  const query = new URLSearchParams({ text: words, size: String(size) });
  const narrowed = Object.entries<readonly string[]>({ ...facets }).filter(([, values]) => values.length > 0);
  if (narrowed.length > 0) {
    for (const [facet, values] of narrowed)
      query.set(facet, values.map((value) => value.replace(/^@/, '')).join(','));
    query.set('facets', 'false');
    const { plugins } = Object(await client.json(`-/af/v1/plugins?${query.toString()}`)) as {
      plugins?: unknown; // looked at next
    };
    return Array.isArray(plugins) ? plugins.flatMap(foundIn) : [];
  }
  const { objects } = Object(await client.json(`-/v1/search?${query.toString()}`)) as { objects?: unknown }; // looked at next
  return Array.isArray(objects) ? objects.flatMap((one) => foundIn(Object(one).package)) : [];
}

function foundIn(entry: unknown): FoundPlugin[] {
  const { name, version, description, date } = Object(entry) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof version !== 'string') return [];
  return [{ name, version, description: textOr(description, ''), date: textOr(date, '') }];
}
