import type { JsonSchema } from '@agent-factory/sdk';
import type { ToolEffect, Workflow, WorkflowSurroundings } from '@agent-factory/sdk/domain';
import type { KnownDefinitions } from '../run/run-executor.ts';
import type { ToolBox } from '../tool/tool-box.ts';

/** What a workflow may name now: what it is checked against when it is defined. */
export async function surroundingsNow(
  { nodes }: Workflow,
  tenant: string | undefined,
  known: KnownDefinitions,
  toolBox: ToolBox,
): Promise<WorkflowSurroundings> {
  const tools = new Map<string, { readonly effect: ToolEffect; readonly output?: JsonSchema }>();
  for (const [name, { tool }] of toolBox.contributed) tools.set(name, tool);
  for (const node of nodes) {
    if (node.type !== 'tool' || tools.has(node.tool)) continue;
    const entry = await toolBox.find(tenant, node.tool);
    if (entry) tools.set(node.tool, entry.tool);
  }
  // Definitions of a kind fit its schema.
  const agents = known('agent') as ReadonlyMap<string, { readonly output?: JsonSchema }>;
  const workflows = known('workflow') as ReadonlyMap<string, Workflow>;
  return { agents, tools, workflows };
}

/**
 * The same for a workflow that was checked before, when a run of it begins or goes on: what it names may have changed
 * since, so nothing is known of it.
 */
export function surroundingsThen({ nodes }: Workflow): WorkflowSurroundings {
  const agents = nodes.flatMap((node) =>
    node.type === 'agent' ? [[node.agent, { output: {} }] as const] : [],
  );
  return { agents: new Map(agents), tools: new Map(), workflows: new Map() };
}
