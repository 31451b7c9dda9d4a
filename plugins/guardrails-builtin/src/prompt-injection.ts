import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages } from '@agent-factory/sdk/domain';
import { actionSchema, verdictOf, type Action } from './action.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';
import { injectionSignals } from './injection-signals.ts';
import { plainText } from './plain-text.ts';
import { findIn, type Found } from './texts-of.ts';

interface PromptInjectionSettings {
  readonly threshold: number;
  readonly action: Action;
}

/** So many invisible characters in one text are no accident. */
const mostHidden = 4;
/** Characters of the shortest text in which anything can be found: one of hidden characters alone. */
const shortestSign = mostHidden + 1;
const weights: ReadonlyMap<string, number> = injectionSignals.reduce(
  (map, { kind, weight }) => map.set(kind, weight),
  new Map([['hidden-text', 1]]),
);

/** Looks for instructions to the model in what should be data. Heuristics, no proof. */
export function promptInjectionGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<PromptInjectionSettings>(compile, {
    name: 'prompt-injection',
    description: 'Looks for instructions to the model in what should be data, such as results of tools.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        threshold: {
          type: 'number',
          minimum: 0.4,
          maximum: 5,
          default: 1,
          description:
            'Sum of the weights of the kinds of signs found, from which on it objects. Lower is stricter.',
        },
        action: actionSchema(['block', 'redact', 'ask'], 'block'),
      },
      additionalProperties: false,
    },
    prepare({ threshold, action }) {
      return {
        check({ value }) {
          const spans = findIn(value, findSigns);
          if (spans.length === 0) return passed;
          const kinds = [...new Set(spans.map(({ kind }) => kind))];
          const score = kinds.reduce((sum, kind) => sum + (weights.get(kind) ?? 0), 0);
          if (score < threshold - 1e-9) return passed;
          const reason = `It reads like instructions to the model: ${kinds.join(', ')}.`;
          return verdictOf(action, value, { code: 'prompt-injection', reason, spans });
        },
      };
    },
  });
}

function findSigns(given: string): readonly Found[] {
  if (given.length < shortestSign) return [];
  const { text, place, hidden } = plainText(given);
  const found: Found[] = [];
  for (const { kind, pattern } of injectionSignals) {
    // Hardly ever is there one, and looking costs less than walking.
    if (text.search(pattern) < 0) continue;
    for (const match of text.matchAll(pattern)) {
      found.push({ start: place(match.index), end: place(match.index + match[0].length), kind });
    }
  }
  if (hidden > mostHidden) found.push({ start: 0, end: given.length, kind: 'hidden-text' });
  return found;
}
