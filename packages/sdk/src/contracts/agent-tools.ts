import type { AgentDefinition } from '../domain/agent.ts';
import type { KeptDefinition, TenantDefinitions } from './tenant-definitions.ts';

/** Which tools an agent is given and which are taken from it. */
export interface AgentToolsChange {
  readonly attach?: readonly string[];
  readonly detach?: readonly string[];
}

/**
 * Changes the list of tools of an agent of a tenant; every other part stays as it is, also when somebody else changes
 * it at the same moment (AF_DEFINITION_CHANGED). A tool it has already, or has not, is no error.
 *
 * @example
 * ```ts
 * declare const definitions: TenantDefinitions;
 * await changeAgentTools(definitions, 'support', { attach: ['shop_getOrder'] });
 * ```
 */
export async function changeAgentTools(
  definitions: TenantDefinitions,
  agent: string,
  { attach = [], detach = [] }: AgentToolsChange,
): Promise<KeptDefinition> {
  const kept = await definitions.get('agent', agent);
  const definition = kept.definition as AgentDefinition; // of that kind
  const tools = new Set([...(definition.tools ?? []), ...attach]);
  for (const name of detach) tools.delete(name);
  const options = kept.revision === undefined ? {} : { ifRevision: kept.revision };
  return definitions.put('agent', { ...definition, tools: [...tools] }, options);
}
