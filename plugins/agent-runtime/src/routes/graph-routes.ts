import type { AgentRuntime, HttpRoute } from '@agent-factory/sdk/contracts';
import {
  routerDiagram,
  routerSchema,
  workflowDiagram,
  workflowSchema,
  type Router,
  type Workflow,
} from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { definitionRoutes } from './definition-routes.ts';
import { diagramRoute } from './diagram-route.ts';

const exampleWorkflow = {
  name: 'refund',
  version: '1.0.0',
  start: 'ask',
  nodes: [
    { id: 'ask', type: 'approval', prompt: 'Pay it back?' },
    { id: 'pay', type: 'tool', tool: 'pay_back', input: { order: 'input.order' } },
  ],
  edges: [{ from: 'ask', to: 'pay' }],
};

const exampleRouter = {
  name: 'desk',
  version: '1.0.0',
  entry: 'triage',
  agents: { triage: [{ target: 'refunds', condition: 'output == "refund"' }], refunds: [] },
};

/** The API of workflows and routers: their definitions, and drawings of them. Runs of them are runs like any other. */
export function graphRoutes(runtime: AgentRuntime): readonly HttpRoute[] {
  const workflow = {
    kind: 'workflow',
    plural: 'workflows',
    title: 'Workflow',
    schema: workflowSchema,
    example: exampleWorkflow,
    unknown: { AF_WORKFLOW_UNKNOWN: errorTable.AF_WORKFLOW_UNKNOWN },
  } as const;
  const router = {
    kind: 'router',
    plural: 'routers',
    title: 'Router',
    schema: routerSchema,
    example: exampleRouter,
    unknown: { AF_ROUTER_UNKNOWN: errorTable.AF_ROUTER_UNKNOWN },
  } as const;
  // Definitions of a kind fit its schema.
  return [
    ...definitionRoutes(runtime, workflow),
    diagramRoute(runtime, { ...workflow, draw: (one) => workflowDiagram(one as Workflow) }),
    ...definitionRoutes(runtime, router),
    diagramRoute(runtime, { ...router, draw: (one) => routerDiagram(one as Router) }),
  ];
}
