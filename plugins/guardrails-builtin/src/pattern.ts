import { boundedPattern, CelIssue, type BoundedPattern } from '@agent-factory/cel';
import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages, type GuardrailVerdict } from '@agent-factory/sdk/domain';
import { actionSchema, countKinds, verdictOf, type Action } from './action.ts';
import { defineGuardrail, type CompileSchema, type Refuse } from './define-guardrail.ts';
import { findIn } from './texts-of.ts';

interface PatternSettings {
  readonly patterns: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly ignoreCase?: boolean;
  }[];
  readonly mode: 'deny' | 'require';
  readonly action: Action;
}

/** Finds, or asks for, regular expressions of RE2. */
export function patternGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<PatternSettings>(compile, {
    name: 'pattern',
    description: 'Finds regular expressions that must not be there, or objects where none is.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        patterns: {
          type: 'array',
          minItems: 1,
          maxItems: 50,
          items: {
            type: 'object',
            properties: {
              name: {
                type: 'string',
                pattern: '^[a-z][a-z0-9-]{0,40}$',
                description: 'What it finds, for people.',
              },
              pattern: { type: 'string', minLength: 1, maxLength: 256, description: 'RE2, found anywhere.' },
              ignoreCase: { type: 'boolean' },
            },
            required: ['name', 'pattern'],
            additionalProperties: false,
          },
        },
        mode: {
          enum: ['deny', 'require'],
          default: 'deny',
          description:
            'deny: none may be found. require: at least one has to be, in a text or in one of several.',
        },
        action: actionSchema(['block', 'redact', 'ask'], 'block'),
      },
      required: ['patterns'],
      additionalProperties: false,
    },
    prepare({ patterns, mode, action }, refuse) {
      if (mode === 'require' && action === 'redact') {
        throw refuse('/action', 'what is missing cannot be taken out', 'Take "block" or "ask".');
      }
      const compiled = patterns.map((each, at) => ({
        name: each.name,
        pattern: read(each.pattern, each.ignoreCase ?? false, `/patterns/${at}/pattern`, refuse),
      }));
      return {
        check({ value }) {
          const spans = findIn(value, (text) =>
            compiled.flatMap(({ name, pattern }) =>
              pattern.spans(text).map((span) => ({ ...span, kind: name })),
            ),
          );
          if (mode === 'require')
            return spans.length > 0 ? passed : missing(action === 'ask' ? 'ask' : 'block');
          if (spans.length === 0) return passed;
          return verdictOf(action, value, {
            code: 'pattern',
            reason: `It holds ${countKinds(spans)}.`,
            spans,
          });
        },
      };
    },
  });
}

function missing(verdict: 'block' | 'ask'): GuardrailVerdict {
  return { verdict, code: 'pattern-missing', reason: 'Nothing in it is as it has to be.' };
}

function read(source: string, ignoreCase: boolean, path: string, refuse: Refuse): BoundedPattern {
  try {
    return boundedPattern(source, { ignoreCase });
  } catch (error) {
    if (error instanceof CelIssue) throw refuse(path, error.message, error.fix);
    throw error;
  }
}
