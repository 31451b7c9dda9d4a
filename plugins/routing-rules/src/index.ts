import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { RoutingRulesConfig } from './config.ts';
import { ruleTableSchema } from './rule-table.ts';
import { createRulesRouting } from './rules-routing.ts';

const plugin: Plugin<RoutingRulesConfig> = definePlugin<RoutingRulesConfig>({
  setup(ctx) {
    ctx.contribute(ConditionEvaluator, createRulesRouting(ctx.validator(ruleTableSchema)));
  },
});

export default plugin;
