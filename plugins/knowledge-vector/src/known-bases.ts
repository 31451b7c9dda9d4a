import { isAbsolute, join, normalize, relative } from 'node:path';
import type { Validator } from '@agent-factory/sdk';
import type { DataPackage, KnowledgeBaseState } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase, KnowledgeSource } from '@agent-factory/sdk/domain';
import { assertFits, invalid } from './check-base.ts';
import { readPack } from './read-pack.ts';

/** A base of the platform. */
export type SharedBase = Pick<KnowledgeBaseState, 'base' | 'pack'>;

/**
 * The platform's bases: those of the configuration, and those of installed packs. AF_KNOWLEDGE_INVALID for what does
 * not fit the schema, or has a name that is taken.
 */
export async function sharedBases(
  configured: readonly KnowledgeBase[],
  packs: readonly DataPackage[],
  check: { readonly base: Validator; readonly pack: Validator },
): Promise<ReadonlyMap<string, SharedBase>> {
  const bases = new Map<string, SharedBase>();
  const add = (shared: SharedBase): void => {
    const { name } = shared.base;
    if (bases.has(name)) throw invalid(name, 'there are two of that name', 'Rename one of them.');
    bases.set(name, shared);
  };
  for (const base of configured) {
    assertFits(base, check.base);
    add({ base });
  }
  for (const { manifest, folder } of packs) {
    const { id: plugin, version } = manifest;
    const { version: _own, ...base } = await readPack(folder, plugin, version, check.pack);
    const sources = base.sources.map((source) => insidePack(base.name, folder, source));
    add({ base: { ...base, sources }, pack: { plugin, version } });
  }
  return bases;
}

/** A pack reads its own files and no others. */
function insidePack(name: string, folder: string, source: KnowledgeSource): KnowledgeSource {
  if (source.type !== 'folder') return source;
  const path = normalize(join(folder, source.path));
  const way = relative(folder, path);
  if (isAbsolute(source.path) || isAbsolute(way) || way.split(/[\\/]/).includes('..'))
    throw invalid(name, `the folder "${source.path}" is outside of the pack`, 'Put the files into the pack.');
  return { ...source, path };
}
