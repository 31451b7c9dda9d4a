import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import { jsonOf } from './answer.ts';
import { toolsResponse } from './route-schemas.ts';

export function listTools(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/tools',
    operationId: 'listTools',
    summary: 'List the tools that agents can be given.',
    tag: 'Agents',
    permission: 'agents:read',
    responses: { 200: toolsResponse },
    rate: 'read',
    handler: async () => ({ body: jsonOf({ tools: runtime.tools() }) }),
  };
}
