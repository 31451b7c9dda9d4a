import { definePlugin } from '@agent-factory/sdk';
import { Guardrail } from '@agent-factory/sdk/contracts';
import { guardrail } from './guardrail.ts';

export default definePlugin({
  setup(ctx) {
    ctx.contribute(Guardrail, guardrail);
  },
});
