import type { AgentDefinition } from './domain/agent.ts';
import type { JsonSchema } from './json.ts';
import { jsonSchemaOf, type StandardSchema } from './standard-schema.ts';

/** An agent, whose output may be told by a schema of a library. */
export type AgentOptions = Omit<AgentDefinition, 'output'> & {
  readonly output?: StandardSchema | JsonSchema;
};

/**
 * Makes a definition of an agent: plain data, for a configuration, a blueprint, or the API.
 *
 * @example
 * ```ts
 * export const guide = defineAgent({
 *   name: 'guide',
 *   instructions: 'Answer from the documents, and say where each statement comes from.',
 *   model: ['anthropic/claude-sonnet-4-5', 'local/tools'],
 *   tools: ['search_documents'],
 * });
 * ```
 */
export function defineAgent(options: AgentOptions): AgentDefinition {
  const { output, ...rest } = options;
  return output === undefined ? rest : { ...rest, output: jsonSchemaOf(output, 'output') };
}
