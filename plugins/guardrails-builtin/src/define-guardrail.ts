import type { JsonObject, JsonSchema, Validator, ValidatorOptions } from '@agent-factory/sdk';
import { guardrailErrors, type Guardrail, type PreparedGuardrail } from '@agent-factory/sdk/contracts';

/** Compiles a JSON Schema, as `ctx.validator` does. */
export type CompileSchema = (schema: JsonSchema, options?: ValidatorOptions) => Validator;

/** Throws AF_GUARDRAIL_SETTINGS_INVALID for what stands at a place in the settings. */
export type Refuse = (path: string, problem: string, mend: string) => Error;

/** A guardrail whose settings are checked by their schema before they are prepared. */
export interface GuardrailParts<Settings> {
  readonly name: string;
  readonly description: string;
  readonly stages: Guardrail['stages'];
  /** Its defaults are filled in. */
  readonly settings: JsonSchema;
  prepare(settings: Settings, refuse: Refuse): PreparedGuardrail;
}

/** Makes a guardrail of its parts. */
export function defineGuardrail<Settings>(
  compile: CompileSchema,
  parts: GuardrailParts<Settings>,
): Guardrail {
  const { name, description, stages, settings: schema } = parts;
  let check: Validator | undefined;
  const refuse: Refuse = (path, problem, mend) =>
    guardrailErrors.AF_GUARDRAIL_SETTINGS_INVALID({
      name,
      at: path === '' ? '' : ` at ${path}`,
      path,
      problem,
      mend,
    });
  return {
    name,
    description,
    stages,
    settings: schema,
    prepare: async (given: JsonObject) => {
      check ??= compile(schema, { defaults: true });
      const settings = structuredClone(given);
      const [problem] = check(settings);
      if (problem) {
        throw refuse(
          problem.path,
          problem.message.replace(/\.$/, ''),
          problem.fix ?? 'See the guide to guardrails.',
        );
      }
      return parts.prepare(settings as Settings, refuse); // as its schema says
    },
  };
}
