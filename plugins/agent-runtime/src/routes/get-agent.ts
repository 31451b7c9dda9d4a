import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { errors, errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { agentResponse } from './route-schemas.ts';

export function getAgent(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/agents/{name}',
    operationId: 'getAgent',
    summary: 'Read the definition of one agent.',
    tag: 'Agents',
    permission: 'agents:read',
    params: {
      type: 'object',
      properties: {
        name: { type: 'string', description: 'Name of the agent.', minLength: 1, maxLength: 64 },
      },
      required: ['name'],
      additionalProperties: false,
    },
    responses: { 200: agentResponse },
    errors: { AF_AGENT_UNKNOWN: errorTable.AF_AGENT_UNKNOWN },
    rate: 'read',
    handler: async ({ params }) => {
      const name = params['name'] ?? '';
      const agents = runtime.agents();
      const agent = agents.find((one) => one.name === name);
      const names = agents.map((one) => one.name).join(', ') || 'none';
      if (!agent) throw errors.AF_AGENT_UNKNOWN({ agent: name, mend: `There are: ${names}.` });
      return { body: jsonOf(agent) };
    },
  };
}
