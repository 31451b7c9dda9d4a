import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages } from '@agent-factory/sdk/domain';
import { actionSchema, countKinds, verdictOf, type Action } from '../action.ts';
import { defineGuardrail, type CompileSchema } from '../define-guardrail.ts';
import { findIn } from '../texts-of.ts';
import { findPii, piiKinds, type PiiKind } from './find-pii.ts';

interface PiiSettings {
  readonly kinds: readonly PiiKind[];
  readonly allow: readonly string[];
  readonly action: Action;
}

/** Finds personal data whose form can be proved: check digits, ranges, rules. */
export function piiGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<PiiSettings>(compile, {
    name: 'pii',
    description: 'Finds e-mail addresses, phone, card, bank account and national numbers, and IP addresses.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        kinds: {
          type: 'array',
          items: { enum: piiKinds },
          minItems: 1,
          uniqueItems: true,
          default: ['email', 'phone', 'credit-card', 'iban', 'us-ssn'],
          description: 'What to look for.',
        },
        allow: {
          type: 'array',
          items: { type: 'string', minLength: 1 },
          default: [],
          description:
            'Texts that may stay, such as the address of your own help desk; case does not matter.',
        },
        action: actionSchema(['redact', 'block', 'ask'], 'redact'),
      },
      additionalProperties: false,
    },
    prepare({ kinds, allow, action }) {
      const allowed = new Set(allow.map((each) => each.toLowerCase()));
      const find: Parameters<typeof findIn>[1] = (text) => {
        const found = findPii(text, kinds);
        if (allowed.size === 0) return found;
        return found.filter(({ start, end }) => !allowed.has(text.slice(start, end).toLowerCase()));
      };
      return {
        check({ value }) {
          const spans = findIn(value, find);
          if (spans.length === 0) return passed;
          return verdictOf(action, value, { code: 'pii', reason: `It holds ${countKinds(spans)}.`, spans });
        },
      };
    },
  });
}
