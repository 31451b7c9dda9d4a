import {
  isAgentFactoryError,
  type JsonSchema,
  type PluginContext,
  type ValidationProblem,
} from '@agent-factory/sdk';

/** Which of the schemas in a definition, by their places, are none. Found when it is made, not when it first runs. */
export function schemaProblems(
  schemas: readonly (readonly [path: string, schema: JsonSchema | undefined])[],
  validator: PluginContext['validator'],
): readonly ValidationProblem[] {
  return schemas.flatMap(([path, schema]) => {
    if (schema === undefined) return [];
    try {
      validator(schema, { eager: true });
      return [];
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_SCHEMA_INVALID')) throw error;
      return [{ path, message: error.message.replace(/\.$/, ''), fix: 'Mend the schema.' }];
    }
  });
}
