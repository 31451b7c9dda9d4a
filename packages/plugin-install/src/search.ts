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

/** Finds plugins by words. */
export async function searchPlugins(
  registry: string,
  words: string,
  size: number,
  transport: Transport,
): Promise<readonly FoundPlugin[]> {
  const client = new RegistryClient(registry, transport);
  const query = new URLSearchParams({ text: words, size: String(size) });
  const { objects } = Object(await client.json(`-/v1/search?${query.toString()}`)) as { objects?: unknown }; // looked at next
  if (!Array.isArray(objects)) return [];
  return objects.flatMap((one) => {
    const { name, version, description, date } = Object(Object(one).package) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    return [{ name, version, description: textOr(description, ''), date: textOr(date, '') }];
  });
}
