import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { RoutingSemanticConfig } from './config.ts';
import { semanticConditionSchema } from './semantic-condition.ts';
import { createSemanticRouting } from './semantic-routing.ts';

const plugin: Plugin<RoutingSemanticConfig> = definePlugin<RoutingSemanticConfig>({
  setup(ctx) {
    ctx.contribute(
      ConditionEvaluator,
      createSemanticRouting(ctx.config, ctx.validator(semanticConditionSchema)),
    );
  },
});

export default plugin;
