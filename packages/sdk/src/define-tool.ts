import type { Tool, ToolCallContext } from './contracts/tool.ts';
import type { ToolDefinition } from './domain/tool.ts';
import type { Json, JsonObject, JsonSchema } from './json.ts';
import { isStandardSchema, jsonSchemaOf, parseWith, type StandardSchema } from './standard-schema.ts';

/** What a tool's function is given for a schema: what a library's schema makes of it, or JSON. */
export type ToolInput<Schema> = Schema extends StandardSchema<infer Output> ? Output : JsonObject;

/** A tool with its function; its schemas are JSON Schemas, or those of a library that speaks Standard Schema. */
export type ToolOptions<Input extends StandardSchema | JsonSchema> = Omit<
  ToolDefinition,
  'input' | 'output'
> & {
  readonly input: Input;
  readonly output?: StandardSchema | JsonSchema;
  /** Throw an error with a code and a fix; what it gives is JSON. */
  run(input: ToolInput<Input>, context: ToolCallContext): Json | Promise<Json>;
};

/**
 * Makes a tool. The model is told the JSON Schema of the input; the function gets what the schema makes of it, with
 * defaults and conversions.
 *
 * @example
 * ```ts
 * export const rollDice = defineTool({
 *   name: 'roll_dice',
 *   description: 'Rolls one die.',
 *   input: { type: 'object', properties: { sides: { type: 'integer', minimum: 2 } }, required: ['sides'] },
 *   effect: 'read',
 *   run: ({ sides }) => 1 + Math.floor(Math.random() * Number(sides)),
 * });
 * ```
 */
export function defineTool<const Input extends StandardSchema | JsonSchema>(
  options: ToolOptions<Input>,
): Tool {
  const { input, output, run, ...rest } = options;
  return {
    ...rest,
    input: jsonSchemaOf(input, 'input'),
    ...(output !== undefined && { output: jsonSchemaOf(output, 'output') }),
    async run(given, context) {
      const value: unknown = isStandardSchema(input) ? await parseWith(input, given) : given;
      return run(value as ToolInput<Input>, context); // as the schema gives it
    },
  };
}
