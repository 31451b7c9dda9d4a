import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { jsonOf } from './answer.ts';
import { agentsResponse } from './route-schemas.ts';

export function listAgents(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/agents',
    operationId: 'listAgents',
    summary: 'List the agents that can be run.',
    tag: 'Agents',
    permission: 'agents:read',
    responses: { 200: agentsResponse },
    rate: 'read',
    handler: async () => ({ body: jsonOf({ agents: runtime.agents() }) }),
  };
}
