import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import type { ScriptedConfig } from './config.ts';
import { createScriptedLanguageModel } from './scripted-language-model.ts';

const plugin: Plugin<ScriptedConfig> = definePlugin<ScriptedConfig>({
  setup(ctx) {
    ctx.contribute(LanguageModel, createScriptedLanguageModel(ctx.config));
  },
});

export default plugin;
