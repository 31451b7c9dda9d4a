import { canonicalJson, type Json } from '@agent-factory/sdk';
import type { Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { quoted } from './text-of.ts';

interface ExactConfig {
  readonly ignoreCase: boolean;
  readonly trim: boolean;
}

/** 1 where the answer is what is expected, and else 0. */
export function exactScorer(compile: CompileSchema): Scorer {
  return defineScorer<ExactConfig>(compile, {
    name: 'exact',
    description: 'Whether the answer is exactly what is expected.',
    config: configSchema({
      ignoreCase: { type: 'boolean', default: false, description: 'Upper and lower case are the same.' },
      trim: { type: 'boolean', default: true, description: 'White space around a text does not count.' },
    }),
    prepare({ ignoreCase, trim }) {
      const form = (value: Json): string => {
        if (typeof value !== 'string') return canonicalJson(value);
        const text = trim ? value.trim() : value;
        return JSON.stringify(ignoreCase ? text.toLowerCase() : text);
      };
      return {
        judges: 'answers',
        needsExpected: true,
        score({ case: { expected = null }, run: { output = null } }) {
          if (form(output) === form(expected)) return { score: 1, reason: 'It is what was expected.' };
          return { score: 0, reason: `It is ${quoted(output)} and not ${quoted(expected)}.` };
        },
      };
    },
  });
}
