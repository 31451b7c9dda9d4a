import { searchWords, type ConditionServices, type Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { textOf } from './text-of.ts';

interface SimilarityConfig {
  readonly model?: string;
}

/** How near the answer is to what is expected: by meaning where a model embeds, and else by words. */
export function similarityScorer(compile: CompileSchema): Scorer {
  return defineScorer<SimilarityConfig>(compile, {
    name: 'similarity',
    description: 'How near the answer is to what is expected: by what it means, or by the words they share.',
    config: configSchema({
      model: {
        type: 'string',
        pattern: '^[a-z][a-z0-9-]*/.+$',
        description: 'What embeds, as provider/model. Default: the words they share are counted.',
      },
    }),
    prepare({ model }) {
      return {
        judges: 'answers',
        needsExpected: true,
        async score({ case: { expected }, run: { output } }, services) {
          const [answer, wanted] = [textOf(output), textOf(expected)];
          if (answer.trim() === '' || wanted.trim() === '')
            return { score: answer.trim() === wanted.trim() ? 1 : 0, reason: 'One of the texts is empty.' };
          const score =
            model === undefined ? shared(answer, wanted) : await likeness(answer, wanted, model, services);
          const by = model === undefined ? 'the words they share' : model;
          return { score, reason: `It is ${score.toFixed(2)} near to what was expected, by ${by}.` };
        },
      };
    },
  });
}

/** The share of words that both have among those that they have together, twice counted (Dice). */
function shared(one: string, other: string): number {
  const [a, b] = [new Set(searchWords(one)), new Set(searchWords(other))];
  if (a.size + b.size === 0) return one.trim() === other.trim() ? 1 : 0;
  return (2 * [...a].filter((word) => b.has(word)).length) / (a.size + b.size);
}

async function likeness(
  one: string,
  other: string,
  model: string,
  { embed }: ConditionServices,
): Promise<number> {
  if (!embed) throw new Error('nothing embeds here');
  const [a = [], b = []] = await embed(model, [one, other]);
  const dot = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const length = Math.hypot(...a) * Math.hypot(...b);
  // Vectors of opposite directions are no less alike than those that have nothing to do with each other.
  return length === 0 ? 0 : Math.min(1, Math.max(0, dot / length));
}
