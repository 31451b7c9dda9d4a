import type { Knowledge, Tool } from '@agent-factory/sdk/contracts';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { createSearchKnowledge, searchName } from './search-knowledge.ts';

/** What tools stand on that an agent has beside those it names. */
export interface OwnToolParts {
  readonly knowledge: Knowledge | undefined;
}

/** Names of the tools that an agent has by a field of its definition, each with the path of that field. */
export function ownToolNames({ knowledge = [] }: AgentDefinition): ReadonlyMap<string, string> {
  return new Map(knowledge.length > 0 ? [[searchName, '/knowledge']] : []);
}

/** Those tools. They are there whatever plugins are active, and fail when what they need is not. */
export async function ownTools(
  { knowledge = [] }: AgentDefinition,
  tenant: string,
  parts: OwnToolParts,
): Promise<readonly Tool[]> {
  return knowledge.length > 0 ? [await createSearchKnowledge(knowledge, tenant, parts.knowledge)] : [];
}
