import type { PluginEntry } from '@agent-factory/sdk';
import { kindOf } from './config/manifest.ts';
import { errors } from './errors.ts';
import type { PluginPackage } from './plugin-package.ts';

/** What an isolated plugin needs of the others: somebody who isolates it. */
const isolator = { isolation: '^1.0.0' };

/**
 * A package as its entry wants it to run: trusted, unless it says otherwise. AF_TRUST_REQUIRED for one that cannot
 * run isolated.
 */
export function withIsolation(
  pkg: PluginPackage,
  { isolation: level = 'trusted' }: PluginEntry,
  granted: readonly string[] = [],
): PluginPackage {
  const { manifest, source, plugin } = pkg;
  if (level === 'trusted' || kindOf(manifest) !== 'code') return pkg;
  if (manifest.isolation === 'trusted-only' || plugin)
    throw errors.AF_TRUST_REQUIRED({ plugin: manifest.id, source });
  return {
    ...pkg,
    manifest: { ...manifest, requires: { ...manifest.requires, ...isolator } },
    isolation: { level, granted },
  };
}
