import {
  isAgentFactoryError,
  type JsonObject,
  type JsonSchema,
  type PluginContext,
  type ValidationProblem,
} from '@agent-factory/sdk';
import { contradictionIn } from '@agent-factory/sdk/domain';
import type { Answers } from './fill-parameters.ts';

/** What a blueprint asks, and nothing else is answered. */
function strictly(schema: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: false, ...schema };
}

/** The names of what is asked. */
function asked(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const properties: unknown = schema['properties'];
  return typeof properties === 'object' && properties !== null
    ? (properties as Readonly<Record<string, JsonSchema>>) // checked by parameterProblems
    : {};
}

/** What is wrong with the schema of a blueprint's parameters, with paths into it. */
export function parameterProblems(
  schema: JsonSchema | undefined,
  validator: PluginContext['validator'],
): readonly ValidationProblem[] {
  if (!schema) return [];
  const type = schema['type'];
  if (type !== undefined && type !== 'object')
    return [{ path: '/type', message: 'must be "object"', fix: 'What is asked has names.' }];
  try {
    // With defaults, so that the schema is compiled in any case.
    validator(strictly(schema), { defaults: true })({});
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_SCHEMA_INVALID')) throw error;
    return [{ path: '', message: error.message.replace(/\.$/, '') }];
  }
  const problems: ValidationProblem[] = [];
  for (const [name, one] of Object.entries(asked(schema))) {
    const path = `/properties/${name}`;
    if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name))
      problems.push({ path, message: 'must be a name of letters, digits and _, beginning with a letter' });
    if (one['secret'] === true) {
      const fix = 'Ask for the name of a secret, and use that.';
      problems.push({ path, message: 'cannot be a secret: answers stand in definitions', fix });
    }
  }
  const impossible = contradictionIn(strictly(schema), '');
  return impossible ? [...problems, impossible] : problems;
}

/** Answers with defaults filled in, and what is wrong with them, with paths into the answers. */
export function answersTo(
  schema: JsonSchema | undefined,
  given: JsonObject,
  validator: PluginContext['validator'],
): { readonly answers: Answers; readonly problems: readonly ValidationProblem[] } {
  const strict = strictly(schema ?? {});
  const values = structuredClone(given);
  const problems = validator(strict, { defaults: true })(values);
  return { answers: { values, known: Object.keys(asked(strict)) }, problems };
}

/** Examples of what could be answered, for what has no default: to look at a blueprint before it is installed. */
export function exampleAnswers(schema: JsonSchema | undefined): JsonObject {
  const examples = Object.entries(asked(schema ?? {})).flatMap(([name, one]) => {
    const [example] = Array.isArray(one['examples']) ? (one['examples'] as JsonObject[string][]) : []; // JSON, as all of it
    return example === undefined || one['default'] !== undefined ? [] : [[name, example] as const];
  });
  return Object.fromEntries(examples);
}
