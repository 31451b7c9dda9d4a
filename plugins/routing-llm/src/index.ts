import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { RoutingLlmConfig } from './config.ts';
import { createLlmRouting } from './llm-routing.ts';
import { llmConditionSchema } from './llm-condition.ts';

const plugin: Plugin<RoutingLlmConfig> = definePlugin<RoutingLlmConfig>({
  setup(ctx) {
    ctx.contribute(ConditionEvaluator, createLlmRouting(ctx.config, ctx.validator(llmConditionSchema)));
  },
});

export default plugin;
