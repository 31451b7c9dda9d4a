import type { Json, JsonSchema, Validator } from '@agent-factory/sdk';
import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages, type GuardrailVerdict } from '@agent-factory/sdk/domain';
import { actionSchema, type Action } from './action.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';

interface JsonSchemaSettings {
  readonly schema: JsonSchema;
  readonly action: Extract<Action, 'block' | 'ask'>;
}

/** Holds a value against a JSON Schema; a text is read as JSON first, unless the schema is one of a text. */
export function jsonSchemaGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<JsonSchemaSettings>(compile, {
    name: 'json-schema',
    description: 'Lets pass what fits a JSON Schema, and nothing else.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        schema: { type: 'object', description: 'JSON Schema 2020-12 of what may pass.' },
        action: actionSchema(['block', 'ask'], 'block'),
      },
      required: ['schema'],
      additionalProperties: false,
    },
    prepare({ schema, action }, refuse) {
      const slow = slowKeyword(schema, '/schema');
      if (slow !== undefined) {
        const problem = 'patterns in a schema are matched by an engine that can be made to take for ever';
        throw refuse(slow, problem, 'Leave it out, and use the guardrail "pattern" beside this one.');
      }
      const validate: Validator = compile(schema);
      try {
        validate(undefined); // the first call compiles it
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw refuse('/schema', reason.replace(/\.$/, ''), 'Write a JSON Schema of draft 2020-12.');
      }
      const ofText = schema['type'] === 'string';
      return {
        check({ value }) {
          const read = typeof value === 'string' && !ofText ? parse(value) : { value };
          if (read === undefined) return objection(action, 'no-json', 'It is no JSON.');
          const [problem] = validate(read.value);
          if (problem === undefined) return passed;
          const at = problem.path === '' ? '' : ` at ${problem.path}`;
          return objection(action, 'schema', `It does not fit the schema${at}: ${problem.message}`);
        },
      };
    },
  });
}

function objection(verdict: 'block' | 'ask', code: string, reason: string): GuardrailVerdict {
  return { verdict, code, reason };
}

function parse(text: string): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(text) as Json }; // what JSON.parse gives is JSON
  } catch {
    return undefined;
  }
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
