import type { Logger, PluginContext } from '@agent-factory/sdk';
import type { Knowledge, SemanticMemory, Tool, WorkingMemory } from '@agent-factory/sdk/contracts';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import type { ToolEntry } from '../tool/tool-set.ts';
import { recallName, recallTool } from './recall-tool.ts';
import { createSearchKnowledge, searchName } from './search-knowledge.ts';
import { workingMemoryNames, workingMemoryTools } from './working-memory-tools.ts';

/** What tools stand on that an agent has beside those it names. */
export interface OwnToolParts {
  readonly knowledge: Knowledge | undefined;
  readonly workingMemory: WorkingMemory | undefined;
  readonly semanticMemory: SemanticMemory | undefined;
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
}

/** A tool that an agent has beside those it names. */
export interface OwnTool extends Tool {
  readonly tryOut?: ToolEntry['tryOut'];
}

/** Names of the tools that an agent has by a field of its definition, each with the path of that field. */
export function ownToolNames({
  knowledge = [],
  workingMemory,
  semanticMemory,
}: AgentDefinition): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (knowledge.length > 0) names.set(searchName, '/knowledge');
  if (workingMemory) for (const name of Object.values(workingMemoryNames)) names.set(name, '/workingMemory');
  if (semanticMemory) names.set(recallName, '/semanticMemory');
  return names;
}

/** Those tools. They are there whatever plugins are active, and fail when what they need is not. */
export async function ownTools(
  definition: AgentDefinition,
  tenant: string,
  parts: OwnToolParts,
): Promise<readonly OwnTool[]> {
  const { knowledge = [], workingMemory, semanticMemory } = definition;
  return [
    ...(knowledge.length > 0 ? [await createSearchKnowledge(knowledge, tenant, parts)] : []),
    ...(workingMemory ? workingMemoryTools(definition, workingMemory, parts) : []),
    ...(semanticMemory ? [recallTool(semanticMemory, parts.semanticMemory)] : []),
  ];
}
