import type { JsonSchema } from '@agent-factory/sdk';
import {
  changeAgentTools,
  type AgentRuntime,
  type AgentToolsChange,
  type HttpRoute,
} from '@agent-factory/sdk/contracts';
import { agentSchema } from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { keptResponse } from './definition-schemas.ts';
import { exampleAgent } from './route-schemas.ts';

const params: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'Name of the agent.', minLength: 1, maxLength: 64 },
    tool: { type: 'string', description: 'Name of the tool.', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  },
  required: ['name', 'tool'],
  additionalProperties: false,
};

/** Gives a tool to an agent, and takes it away. */
export function agentToolsRoutes(runtime: AgentRuntime): readonly HttpRoute[] {
  const route = (
    method: 'PUT' | 'DELETE',
    operationId: string,
    summary: string,
    change: (tool: string) => AgentToolsChange,
  ): HttpRoute => ({
    method,
    path: '/api/v1/agents/{name}/tools/{tool}',
    operationId,
    summary,
    description: 'Runs in flight go on with the definition they began with. The same again is no change.',
    tag: 'Agents',
    permission: 'agents:write',
    resource: 'agents/{name}',
    params,
    responses: { 200: keptResponse('agent', agentSchema, exampleAgent) },
    errors: {
      AF_AGENT_UNKNOWN: errorTable.AF_AGENT_UNKNOWN,
      AF_DEFINITION_FIXED: errorTable.AF_DEFINITION_FIXED,
      AF_DEFINITION_INVALID: errorTable.AF_DEFINITION_INVALID,
      AF_DEFINITION_CHANGED: errorTable.AF_DEFINITION_CHANGED,
    },
    rate: 'write',
    async handler({ params: { name = '', tool = '' }, principal }) {
      const { definitions } = runtime.tenant(principal.tenant);
      return { body: jsonOf(await changeAgentTools(definitions, name, change(tool))) };
    },
  });
  return [
    route('PUT', 'attachTool', 'Give a tool to an agent.', (tool) => ({ attach: [tool] })),
    route('DELETE', 'detachTool', 'Take a tool from an agent.', (tool) => ({ detach: [tool] })),
  ];
}
