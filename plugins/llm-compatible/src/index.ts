import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Embedder, LanguageModel } from '@agent-factory/sdk/contracts';
import { createCompatibleProvider } from './compatible-language-model.ts';
import type { CompatibleConfig } from './config.ts';

const plugin: Plugin<CompatibleConfig> = definePlugin<CompatibleConfig>({
  setup(ctx) {
    for (const [name, server] of Object.entries(ctx.config.servers)) {
      const { model, embedder, close } = createCompatibleProvider(name, server);
      ctx.own(close);
      ctx.contribute(LanguageModel, model);
      if (embedder) ctx.contribute(Embedder, embedder);
    }
  },
});

export default plugin;
