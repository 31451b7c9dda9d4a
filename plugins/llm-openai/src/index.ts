import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import type { OpenaiConfig } from './config.ts';
import { createOpenaiLanguageModel } from './openai-language-model.ts';

const plugin: Plugin<OpenaiConfig> = definePlugin<OpenaiConfig>({
  setup(ctx) {
    const model = createOpenaiLanguageModel(ctx.config);
    ctx.own(() => model.close());
    ctx.contribute(LanguageModel, model);
  },
});

export default plugin;
