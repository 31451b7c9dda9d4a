import type { Json } from '@agent-factory/sdk';
import type { Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { shareOf } from './share-of.ts';
import { quoted, textOf } from './text-of.ts';

interface ContainsConfig {
  readonly texts?: readonly string[];
  readonly ignoreCase: boolean;
}

/** The share of texts that stand in the answer. */
export function containsScorer(compile: CompileSchema): Scorer {
  return defineScorer<ContainsConfig>(compile, {
    name: 'contains',
    description: 'How many of the expected texts stand in the answer.',
    config: configSchema({
      texts: {
        type: 'array',
        minItems: 1,
        maxItems: 100,
        items: { type: 'string', minLength: 1 },
        description: 'For every case. Default: what is expected, a text or a list of texts.',
      },
      ignoreCase: { type: 'boolean', default: true, description: 'Upper and lower case are the same.' },
    }),
    prepare({ texts, ignoreCase }) {
      const form = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
      return {
        judges: 'answers',
        needsExpected: texts === undefined,
        score({ case: { expected }, run: { output } }) {
          const answer = form(textOf(output));
          const demands = (texts ?? listOf(expected)).map((text) => ({
            isMet: answer.includes(form(text)),
            fault: `It does not contain ${quoted(text)}`,
          }));
          return shareOf(demands, 'It contains what it should.');
        },
      };
    },
  });
}

function listOf(expected: Json | undefined): readonly string[] {
  return Array.isArray(expected) ? expected.map(textOf) : [textOf(expected)];
}
