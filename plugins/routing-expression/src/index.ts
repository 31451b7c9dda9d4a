import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { RoutingExpressionConfig } from './config.ts';
import { createExpressionRouting } from './expression-routing.ts';

const plugin: Plugin<RoutingExpressionConfig> = definePlugin<RoutingExpressionConfig>({
  setup(ctx) {
    ctx.contribute(ConditionEvaluator, createExpressionRouting());
  },
});

export default plugin;
