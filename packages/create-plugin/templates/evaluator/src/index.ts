import { definePlugin } from '@agent-factory/sdk';
import { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import { evaluator } from './evaluator.ts';

export default definePlugin({
  setup(ctx) {
    ctx.contribute(ConditionEvaluator, evaluator);
  },
});
