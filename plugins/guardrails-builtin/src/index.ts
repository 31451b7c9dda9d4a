import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { Guardrail } from '@agent-factory/sdk/contracts';
import { createBuiltinGuardrails } from './builtin-guardrails.ts';
import type { GuardrailsBuiltinConfig } from './config.ts';

const plugin: Plugin<GuardrailsBuiltinConfig> = definePlugin<GuardrailsBuiltinConfig>({
  setup(ctx) {
    const compile = ctx.validator.bind(ctx);
    for (const guardrail of createBuiltinGuardrails(compile)) ctx.contribute(Guardrail, guardrail);
  },
});

export default plugin;
