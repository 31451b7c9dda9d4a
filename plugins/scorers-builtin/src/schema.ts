import type { JsonSchema, Validator } from '@agent-factory/sdk';
import type { Scorer } from '@agent-factory/sdk/contracts';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { parsed } from './text-of.ts';

interface SchemaConfig {
  readonly schema: JsonSchema;
}

/** Whether the answer fits a JSON Schema; a text is read as JSON first, unless the schema is one of a text. */
export function schemaScorer(compile: CompileSchema): Scorer {
  return defineScorer<SchemaConfig>(compile, {
    name: 'schema',
    description: 'Whether the answer fits a JSON Schema.',
    config: configSchema(
      { schema: { type: 'object', description: 'JSON Schema 2020-12.' } },
      { required: ['schema'] },
    ),
    prepare({ schema }, refuse) {
      const slow = slowKeyword(schema, '/schema');
      if (slow !== undefined) {
        const problem = 'patterns in a schema are matched by an engine that can be made to take for ever';
        throw refuse(slow, problem, 'Leave it out, and use the scorer "pattern" beside this one.');
      }
      const validate: Validator = compile(schema);
      try {
        validate(undefined); // the first call compiles it
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw refuse('/schema', reason.replace(/\.$/, ''), 'Write a JSON Schema of draft 2020-12.');
      }
      return {
        judges: 'answers',
        score({ run: { output } }) {
          const [problem] = validate(schema['type'] === 'string' ? output : parsed(output));
          if (!problem) return { score: 1, reason: 'It fits the schema.' };
          const at = problem.path === '' ? '' : ` at ${problem.path}`;
          return { score: 0, reason: `It does not fit the schema${at}: ${problem.message}` };
        },
      };
    },
  });
}

/** Where a schema has a regular expression, if it has one; also where it only may be one. */
function slowKeyword(schema: unknown, path: string): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [key, below] of Object.entries(schema)) {
    const here = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const isPattern = (key === 'pattern' && typeof below === 'string') || key === 'patternProperties';
    const found = isPattern ? here : slowKeyword(below, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
