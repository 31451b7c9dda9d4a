import type { PluginEntry } from '@agent-factory/sdk';
import { kindOf } from './config/manifest.ts';
import { errors } from './errors.ts';
import type { PluginPackage } from './plugin-package.ts';

/**
 * A package as its entry wants it to run. Where that says nothing, what was installed from a registry runs isolated
 * at L2, and all else trusted. AF_TRUST_REQUIRED for one that cannot run isolated.
 */
export function withIsolation(
  pkg: PluginPackage,
  entry: PluginEntry,
  granted: readonly string[] = [],
): PluginPackage {
  const { manifest, source, plugin } = pkg;
  const level = entry.isolation ?? (source === 'store' ? 'L2' : 'trusted');
  if (level === 'trusted' || kindOf(manifest) !== 'code') return pkg;
  if (manifest.isolation === 'trusted-only' || plugin)
    throw errors.AF_TRUST_REQUIRED({ plugin: manifest.id, source });
  // What it needs of the others: somebody who isolates it.
  const requires = { ...manifest.requires, isolation: '^1.0.0' };
  return { ...pkg, manifest: { ...manifest, requires }, isolation: { level, granted } };
}
