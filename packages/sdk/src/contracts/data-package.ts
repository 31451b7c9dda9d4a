import { defineCollection, type CollectionContract } from '../contract.ts';
import type { PluginManifest } from '../manifest.ts';

/** An active plugin that carries data and no code. */
export interface DataPackage {
  readonly manifest: PluginManifest;
  /** Absolute folder of its files, as they were published. */
  readonly folder: string;
}

/** Collection of plugins of kind `blueprint`. The kernel contributes them; nothing of them is run. */
export const BlueprintPackage: CollectionContract<DataPackage> = defineCollection<DataPackage>({
  id: 'blueprint',
  version: '1.0.0',
  description: 'Plugins of kind blueprint: agents, workflows, routers and more, as data.',
});

/** Collection of plugins of kind `knowledge`. The kernel contributes them; nothing of them is run. */
export const KnowledgePackage: CollectionContract<DataPackage> = defineCollection<DataPackage>({
  id: 'knowledge',
  version: '1.0.0',
  description: 'Plugins of kind knowledge: text to be searched, as data.',
});
