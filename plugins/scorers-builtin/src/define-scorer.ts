import type { JsonObject, JsonSchema, Validator, ValidatorOptions } from '@agent-factory/sdk';
import { scorerErrors, type PreparedScorer, type Scorer } from '@agent-factory/sdk/contracts';

/** Compiles a JSON Schema, as `ctx.validator` does. */
export type CompileSchema = (schema: JsonSchema, options?: ValidatorOptions) => Validator;

/** Makes AF_SCORER_CONFIG_INVALID for what stands at a place in the configuration. */
export type Refuse = (path: string, problem: string, mend: string) => Error;

/** A scorer whose configuration is checked by its schema before it is prepared. */
export interface ScorerParts<Config> {
  readonly name: string;
  readonly description: string;
  /** Its defaults are filled in. */
  readonly config: JsonSchema;
  prepare(config: Config, refuse: Refuse): PreparedScorer | Promise<PreparedScorer>;
}

/** Makes a scorer of its parts. */
export function defineScorer<Config>(compile: CompileSchema, parts: ScorerParts<Config>): Scorer {
  const { name, description, config: schema } = parts;
  let check: Validator | undefined;
  const refuse: Refuse = (path, problem, mend) =>
    scorerErrors.AF_SCORER_CONFIG_INVALID({
      name,
      at: path === '' ? '' : ` at ${path}`,
      path,
      problem,
      mend,
    });
  return {
    name,
    description,
    config: schema,
    prepare: async (given: JsonObject) => {
      check ??= compile(schema, { defaults: true });
      const config = structuredClone(given);
      const [problem] = check(config);
      if (problem) {
        const mend = problem.fix ?? 'See the guide to evaluations.';
        throw refuse(problem.path, problem.message.replace(/\.$/, ''), mend);
      }
      return parts.prepare(config as Config, refuse); // as its schema says
    },
  };
}

/** JSON Schema of a configuration with these properties and no others. */
export function configSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  more: JsonSchema = {},
): JsonSchema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}
