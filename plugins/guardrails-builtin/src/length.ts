import type { Json } from '@agent-factory/sdk';
import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages, type GuardrailSpan } from '@agent-factory/sdk/domain';
import { actionSchema, verdictOf, type Action } from './action.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';

interface LengthSettings {
  readonly minCharacters: number;
  readonly maxCharacters?: number;
  readonly action: Action;
}

/** Bounds how long a text may be; of anything else, its JSON counts. */
export function lengthGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<LengthSettings>(compile, {
    name: 'length',
    description: 'Bounds how long a message, an answer, arguments or a result may be.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        minCharacters: {
          type: 'integer',
          minimum: 0,
          default: 0,
          description: 'Shorter ones are objected to.',
        },
        maxCharacters: { type: 'integer', minimum: 1, description: 'Longer ones are objected to.' },
        action: actionSchema(['block', 'ask', 'redact'], 'block'),
      },
      anyOf: [{ required: ['maxCharacters'] }, { required: ['minCharacters'] }],
      additionalProperties: false,
    },
    prepare({ minCharacters, maxCharacters = Infinity, action }, refuse) {
      if (minCharacters > maxCharacters) {
        throw refuse('/minCharacters', 'it is above maxCharacters', 'Set it to maxCharacters or below.');
      }
      if (minCharacters === 0 && maxCharacters === Infinity) {
        throw refuse('', 'it bounds nothing', 'Set "maxCharacters", or "minCharacters" above 0.');
      }
      return {
        check({ value }) {
          const length = typeof value === 'string' ? value.length : JSON.stringify(value).length;
          if (length > maxCharacters) {
            const found = {
              code: 'too-long',
              reason: `It has ${length} characters, more than ${maxCharacters}.`,
            };
            const spans = tailOf(value, maxCharacters);
            // Only a text can be cut and stay what it is.
            return action === 'redact' && typeof value === 'string'
              ? { verdict: 'redact', ...found, value: value.slice(0, maxCharacters).toWellFormed(), spans }
              : verdictOf(action === 'redact' ? 'block' : action, value, { ...found, spans });
          }
          if (length >= minCharacters) return passed;
          const reason = `It has ${length} characters, fewer than ${minCharacters}.`;
          return verdictOf(action === 'redact' ? 'block' : action, value, {
            code: 'too-short',
            reason,
            spans: [],
          });
        },
      };
    },
  });
}

function tailOf(value: Json, from: number): readonly GuardrailSpan[] {
  return typeof value === 'string' ? [{ path: '', start: from, end: value.length, kind: 'too-long' }] : [];
}
