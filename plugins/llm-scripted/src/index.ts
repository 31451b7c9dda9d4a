import { definePlugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import type { ScriptedConfig } from './config.ts';
import { createScriptedLanguageModel } from './scripted-language-model.ts';

export default definePlugin<ScriptedConfig>({
  setup(ctx) {
    ctx.contribute(LanguageModel, createScriptedLanguageModel(ctx.config));
  },
});
