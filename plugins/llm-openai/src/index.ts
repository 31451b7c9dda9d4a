import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Embedder, LanguageModel } from '@agent-factory/sdk/contracts';
import type { OpenaiConfig } from './config.ts';
import { createOpenaiProvider } from './openai-language-model.ts';

const plugin: Plugin<OpenaiConfig> = definePlugin<OpenaiConfig>({
  setup(ctx) {
    const { model, embedder, close } = createOpenaiProvider(ctx.config);
    ctx.own(close);
    ctx.contribute(LanguageModel, model);
    if (embedder) ctx.contribute(Embedder, embedder);
  },
});

export default plugin;
