import { boundedPattern, CelIssue, type BoundedPattern } from '@agent-factory/cel';
import type { Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema, type Refuse } from './define-scorer.ts';
import { textOf } from './text-of.ts';

interface PatternConfig {
  readonly pattern: string;
  readonly ignoreCase: boolean;
  readonly mode: 'require' | 'deny';
}

/** Whether a regular expression of RE2 is found in the answer, or is not. */
export function patternScorer(compile: CompileSchema): Scorer {
  return defineScorer<PatternConfig>(compile, {
    name: 'pattern',
    description: 'Whether a regular expression is found in the answer, or is not.',
    config: configSchema(
      {
        pattern: { type: 'string', minLength: 1, maxLength: 256, description: 'RE2, found anywhere.' },
        ignoreCase: { type: 'boolean', default: false },
        mode: { enum: ['require', 'deny'], default: 'require', description: 'deny: it may not be found.' },
      },
      { required: ['pattern'] },
    ),
    prepare({ pattern: source, ignoreCase, mode }, refuse) {
      const pattern = read(source, ignoreCase, refuse);
      return {
        judges: 'answers',
        score({ run: { output } }) {
          const isFound = pattern.spans(textOf(output)).length > 0;
          const reason = `/${source}/ is ${isFound ? '' : 'not '}found in it.`;
          return { score: isFound === (mode === 'require') ? 1 : 0, reason };
        },
      };
    },
  });
}

function read(source: string, ignoreCase: boolean, refuse: Refuse): BoundedPattern {
  try {
    return boundedPattern(source, { ignoreCase });
  } catch (error) {
    if (error instanceof CelIssue) throw refuse('/pattern', error.message, error.fix);
    throw error;
  }
}
