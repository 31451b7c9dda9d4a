import { definePlugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import type { LocalConfig } from './config.ts';
import { createLocalLanguageModel } from './local-language-model.ts';

export default definePlugin<LocalConfig>({
  setup(ctx) {
    ctx.contribute(LanguageModel, createLocalLanguageModel(ctx.config));
  },
});
