import type { JsonSchema } from '../json.ts';

/**
 * An expression in CEL, the Common Expression Language, as text: `input.amount > 100 && agent.name == "clerk"`.
 * @see https://cel.dev
 */
export type Expression = string;

/** What a step is given: each name with the expression that makes its value. */
export type InputMapping = Readonly<Record<string, Expression>>;

/** JSON Schema of {@link Expression}; whether the text parses is checked where it is compiled. */
export const expressionSchema: JsonSchema = { type: 'string', minLength: 1, maxLength: 4096 };

/** JSON Schema of a condition: an expression, or what an evaluator of another kind understands. */
export const conditionSchema: JsonSchema = {
  oneOf: [expressionSchema, { type: ['object', 'array', 'boolean', 'number'] }],
};

/** JSON Schema of the name of a condition evaluator. */
export const evaluatorSchema: JsonSchema = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' };

/** Name of the evaluator that is used where none is named. */
export const defaultEvaluator = 'cel';

/** JSON Schema of {@link InputMapping}. */
export const inputMappingSchema: JsonSchema = { type: 'object', additionalProperties: expressionSchema };

/** JSON Schema of the names of agents, workflows, routers, blueprints and knowledge packs. */
export const nameSchema: JsonSchema = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' };

/** JSON Schema of a semver version, without a leading `v`. */
export const versionSchema: JsonSchema = {
  type: 'string',
  pattern: '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$',
};
