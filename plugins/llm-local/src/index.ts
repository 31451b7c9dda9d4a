import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Embedder, LanguageModel } from '@agent-factory/sdk/contracts';
import type { LocalConfig } from './config.ts';
import { createLocalEmbedder } from './local-embedder.ts';
import { createLocalLanguageModel } from './local-language-model.ts';

const plugin: Plugin<LocalConfig> = definePlugin<LocalConfig>({
  setup(ctx) {
    ctx.contribute(LanguageModel, createLocalLanguageModel(ctx.config));
    ctx.contribute(Embedder, createLocalEmbedder(ctx.config));
  },
});

export default plugin;
