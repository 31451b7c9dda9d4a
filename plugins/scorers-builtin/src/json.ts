import { jsonChanges, type Json, type JsonChange } from '@agent-factory/sdk';
import type { Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { parsed, quoted } from './text-of.ts';

interface JsonConfig {
  readonly mode: 'equal' | 'subset';
}

const mostTold = 5;

/** Whether the answer is, as JSON, the value that is expected, or holds it. */
export function jsonScorer(compile: CompileSchema): Scorer {
  return defineScorer<JsonConfig>(compile, {
    name: 'json',
    description: 'Whether the answer is the expected value, whatever the order of its keys, or holds it.',
    config: configSchema({
      mode: {
        enum: ['equal', 'subset'],
        default: 'equal',
        description: 'subset: objects of the answer may have more than is expected.',
      },
    }),
    prepare({ mode }) {
      return {
        judges: 'answers',
        needsExpected: true,
        score({ case: { expected }, run: { output } }) {
          const answer = parsed(output);
          const wanted = typeof answer === 'string' ? expected : parsed(expected);
          const all = jsonChanges(wanted, answer);
          const wrong = mode === 'equal' ? all : all.filter((change) => !isExtra(change, wanted));
          if (wrong.length === 0) return { score: 1, reason: 'It is the value that was expected.' };
          const told = wrong.slice(0, mostTold).map(toText);
          const more = wrong.length > mostTold ? `; and ${wrong.length - mostTold} more` : '';
          return { score: 0, reason: `It differs: ${told.join('; ')}${more}.` };
        },
      };
    },
  });
}

/** Whether a change is a key of an object of which nothing is expected; items of lists are all expected. */
function isExtra({ path, before }: JsonChange, wanted: Json | undefined): boolean {
  if (before !== undefined) return false;
  const steps = path.split('/').slice(1, -1);
  let parent: unknown = wanted;
  for (const step of steps)
    parent = Object(parent)[step.replaceAll('~1', '/').replaceAll('~0', '~')] as unknown;
  return path !== '' && !Array.isArray(parent);
}

function toText({ path, before, after }: JsonChange): string {
  const place = path === '' ? 'the whole' : path;
  if (after === undefined) return `${place} is missing`;
  if (before === undefined) return `${place} is too much`;
  return `${place} is ${quoted(after)} and not ${quoted(before)}`;
}
