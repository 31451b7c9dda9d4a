import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { createAnthropicProvider } from './anthropic-language-model.ts';
import type { AnthropicConfig } from './config.ts';

const plugin: Plugin<AnthropicConfig> = definePlugin<AnthropicConfig>({
  setup(ctx) {
    const { model, close } = createAnthropicProvider(ctx.config);
    ctx.own(close);
    ctx.contribute(LanguageModel, model);
  },
});

export default plugin;
