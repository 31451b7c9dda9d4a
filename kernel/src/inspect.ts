import type { HookSnapshot, PlatformSnapshot, PluginSnapshot } from '@agent-factory/sdk';
import type { Generation, SealedHook } from './generation.ts';
import type { Instance } from './instance.ts';
import type { DisabledPlugin, PreparedPlan } from './plan.ts';
import type { PluginPackage } from './plugin-package.ts';
import { kernelVersion } from './version.ts';

/** What is active now, as data without secrets. */
export function snapshotOf(
  serving: Generation | undefined,
  prepared: PreparedPlan | undefined,
  liveGenerations: number,
): PlatformSnapshot {
  const instances = [...(serving?.instances.values() ?? [])];
  const contracts: Record<string, readonly string[]> = { ...serving?.resolution.contributors };
  for (const [id, plugin] of Object.entries(serving?.resolution.providers ?? {})) contracts[id] = [plugin];
  const uses = [...(serving?.resolution.dependencies ?? [])].flatMap(([by, below]) =>
    below.map((id) => ({ id, by })),
  );
  const users = Map.groupBy(uses, ({ id }) => id);
  const usersOf = (id: string): string[] => (users.get(id) ?? []).map(({ by }) => by);
  return {
    name: prepared?.loaded.config.name ?? 'agent-factory',
    kernelVersion,
    generation: serving?.id ?? '',
    liveGenerations,
    plugins: [
      ...instances.map((instance) => activePlugin(instance, usersOf(instance.id))),
      ...(prepared?.disabled ?? []).map(disabledPlugin),
    ],
    hooks: [...(serving?.hooks.values() ?? [])].map(hookSnapshot),
    contracts,
  };
}

function described(
  pkg: PluginPackage,
): Omit<PluginSnapshot, 'state' | 'why' | 'dependsOn' | 'activationMs' | 'tapMs' | 'errors'> {
  const { manifest } = pkg;
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    source: pkg.source,
    isolation: pkg.isolation?.level ?? 'trusted',
    provides: Object.keys(manifest.provides ?? {}),
    contributes: Object.keys(manifest.contributes ?? {}),
    requires: Object.keys(manifest.requires ?? {}),
    taps: manifest.hooks?.taps ?? [],
  };
}

function activePlugin(instance: Instance, users: readonly string[]): PluginSnapshot {
  const used = users.length > 0 ? `, and used by ${users.join(', ')}` : '';
  return {
    ...described(instance.pkg),
    state: 'active',
    why: `named in the configuration${used}`,
    dependsOn: instance.dependencies,
    activationMs: round(instance.activationMs),
    tapMs: round(instance.taps.reduce((sum, tap) => sum + tap.stats.totalMs, 0)),
    errors: instance.scope.errors + instance.taps.reduce((sum, tap) => sum + tap.stats.errors, 0),
  };
}

function disabledPlugin({ pkg, reason }: DisabledPlugin): PluginSnapshot {
  const why = reason ?? 'its entry in the configuration says "enabled": false';
  return { ...described(pkg), state: 'inactive', why, dependsOn: [], activationMs: 0, tapMs: 0, errors: 0 };
}

function hookSnapshot({ hook: { id, kind }, owner, compiled }: SealedHook): HookSnapshot {
  const taps = compiled.taps.map(({ plugin, stats }) => ({
    plugin,
    errors: stats.errors,
    meanMs: round(stats.calls > 0 ? stats.totalMs / stats.calls : 0),
  }));
  return { id, kind, owner, calls: compiled.dispatches, taps };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
