import type { Guardrail } from '@agent-factory/sdk/contracts';
import type { CompileSchema } from './define-guardrail.ts';
import { hostsGuardrail } from './hosts.ts';
import { jsonSchemaGuardrail } from './json-schema.ts';
import { keywordsGuardrail } from './keywords.ts';
import { lengthGuardrail } from './length.ts';
import { patternGuardrail } from './pattern.ts';
import { piiGuardrail } from './pii/pii.ts';
import { promptInjectionGuardrail } from './prompt-injection.ts';
import { recipientsGuardrail } from './recipients.ts';

/** Every guardrail of the plugin. */
export function createBuiltinGuardrails(compile: CompileSchema): readonly Guardrail[] {
  const makers = [
    lengthGuardrail,
    jsonSchemaGuardrail,
    patternGuardrail,
    keywordsGuardrail,
    piiGuardrail,
    promptInjectionGuardrail,
    hostsGuardrail,
    recipientsGuardrail,
  ];
  return makers.map((make) => make(compile));
}
