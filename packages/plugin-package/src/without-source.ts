import type { PackageJson } from './read-archive.ts';

/** The condition under which packages in a checkout offer their sources, which are not published. */
const sourceCondition = '@agent-factory/source';

/**
 * The `exports` of a package.json without the condition of a checkout: a platform that runs from one would look for
 * sources where none were packed.
 */
export function withoutSource(part: unknown): PackageJson[string] | undefined {
  if (typeof part !== 'object' || part === null || Array.isArray(part))
    return part as PackageJson[string] | undefined; // from JSON
  const kept = Object.entries(part).filter(([key]) => key !== sourceCondition);
  return Object.fromEntries(kept.map(([key, below]) => [key, withoutSource(below) ?? null]));
}
