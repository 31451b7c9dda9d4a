import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Embedder, SemanticMemory, VectorStore } from '@agent-factory/sdk/contracts';
import type { VectorMemoryConfig } from './config.ts';
import { createVectorMemory } from './vector-memory.ts';

const plugin: Plugin<VectorMemoryConfig> = definePlugin<VectorMemoryConfig>({
  setup(ctx) {
    const { config, log, signal } = ctx;
    const embedders = ctx.all(Embedder).map(({ value }) => value);
    ctx.provide(
      SemanticMemory,
      createVectorMemory({ vectors: ctx.use(VectorStore), embedders, config, log, signal }),
    );
  },
});

export default plugin;
