import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';
import { evaluationSuiteSchema } from '@agent-factory/sdk/domain';
import { list, object, text } from './json-schemas.ts';

const source: JsonSchema = { enum: ['tenant', 'blueprint'] };
const kept = { suite: evaluationSuiteSchema, source, blueprint: text };

/** A suite, as the document shows one. */
export const exampleSuite: Json = {
  name: 'answers',
  version: '1.0.0',
  target: { kind: 'agent', name: 'guide' },
  cases: [{ name: 'hours', input: 'When do you open?', expected: 'nine' }],
  scorers: [{ use: 'contains', threshold: 0.9 }],
};

/** Path parameter of routes about one suite. */
export const suiteParams: JsonSchema = object({
  name: { type: 'string', minLength: 1, maxLength: 64, description: 'Name of the suite.' },
});

/** Answer of a route. */
export const suitesResponse: HttpResponseSpec = {
  description: 'The suites, by name.',
  schema: object({ suites: list(object(kept, ['suite', 'source'])) }),
  example: { suites: [{ suite: exampleSuite, source: 'blueprint', blueprint: 'support-bot' }] },
};

/** Answer of a route. */
export const suiteResponse: HttpResponseSpec = {
  description: 'The suite, and every problem of it.',
  schema: object(
    { ...kept, problems: list(object({ path: text, message: text, fix: text }, ['path', 'message'])) },
    ['suite', 'source', 'problems'],
  ),
  example: { suite: exampleSuite, source: 'tenant', problems: [] },
};

/** Answer of a route. */
export const removedResponse: HttpResponseSpec = {
  description: 'It was removed.',
  schema: object({ removed: { const: true } }),
  example: { removed: true },
};
