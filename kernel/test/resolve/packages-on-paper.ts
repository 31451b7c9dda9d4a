import type { Manifest } from '@agent-factory/sdk';
import type { PluginPackage } from '../../src/plugin-package.ts';
import type { ResolveInput } from '../../src/resolve/resolve.ts';

/** A plugin that is only a manifest: `onPaper('weather@1.2.0', { requires: { http: '^1.0.0' } })`. */
export function onPaper(
  name: string,
  manifest: Partial<Manifest> = {},
  more: Partial<PluginPackage> = {},
): PluginPackage {
  const [id = '', version = '1.0.0'] = name.split('@');
  return {
    manifest: { id, kernel: '*', ...manifest, name: `plugin-${id}`, version },
    source: 'npm',
    folder: `/plugins/${id}/${version}`,
    entry: '',
    ...more,
  };
}

/** Requests plugins; those with one id are versions of one entry. */
export function requestOf(
  packages: readonly PluginPackage[],
  more: Partial<ResolveInput> = {},
): ResolveInput {
  const requested = [...Map.groupBy(packages, ({ manifest }) => manifest.id)].map(([use, candidates]) => ({
    use,
    candidates,
  }));
  return { requested, providers: {}, kernelVersion: '0.1.0', ...more };
}

/** Numbers from 0 up to 1 that are the same on every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
