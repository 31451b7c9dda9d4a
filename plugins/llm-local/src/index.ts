import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import type { LocalConfig } from './config.ts';
import { createLocalLanguageModel } from './local-language-model.ts';

const plugin: Plugin<LocalConfig> = definePlugin<LocalConfig>({
  setup(ctx) {
    ctx.contribute(LanguageModel, createLocalLanguageModel(ctx.config));
  },
});

export default plugin;
