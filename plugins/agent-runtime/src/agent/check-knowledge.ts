import type { ValidationProblem } from '@agent-factory/sdk';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import type { AgentSurroundings } from './load-agent.ts';
import { unknownName } from './unknown-name.ts';

/** Knowledge bases that are not there. An agent of all tenants can only name those of the platform. */
export async function knowledgeProblems(
  { knowledge: wanted = [] }: AgentDefinition,
  tenant: string | undefined,
  { knowledge, validator }: AgentSurroundings,
): Promise<readonly ValidationProblem[]> {
  if (wanted.length === 0) return [];
  if (!knowledge) {
    const fix = 'Add a knowledge plugin, such as @agent-factory/plugin-knowledge-vector.';
    return [{ path: '/knowledge', message: 'no active plugin keeps knowledge bases', fix }];
  }
  const known =
    tenant === undefined
      ? knowledge.shared()
      : (await knowledge.tenant(tenant).list()).map(({ base }) => base.name);
  return wanted.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [unknownName(`/knowledge/${index}`, 'knowledge base', name, known, validator)],
  );
}
