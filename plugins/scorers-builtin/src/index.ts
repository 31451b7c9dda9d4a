import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConditionEvaluator, Scorer } from '@agent-factory/sdk/contracts';
import { createBuiltinScorers } from './builtin-scorers.ts';
import type { ScorersBuiltinConfig } from './config.ts';

const plugin: Plugin<ScorersBuiltinConfig> = definePlugin<ScorersBuiltinConfig>({
  setup(ctx) {
    const compile = ctx.validator.bind(ctx);
    const evaluators = ctx.all(ConditionEvaluator).map(({ value }) => value);
    for (const scorer of createBuiltinScorers(compile, evaluators)) ctx.contribute(Scorer, scorer);
  },
});

export default plugin;
