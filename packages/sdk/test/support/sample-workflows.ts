import type { Router, Workflow, WorkflowNode, WorkflowSurroundings } from '@agent-factory/sdk/domain';

/** A workflow with every type of node, without problems. */
export const refund: Workflow = {
  name: 'refund',
  version: '1.0.0',
  input: {
    type: 'object',
    properties: { text: { type: 'string' }, people: { type: 'array', items: { type: 'string' } } },
    required: ['text', 'people'],
    additionalProperties: false,
  },
  start: 'check',
  nodes: [
    { id: 'check', type: 'agent', agent: 'clerk', input: { message: 'input.text' } },
    { id: 'decide', type: 'branch' },
    { id: 'ask', type: 'approval', prompt: 'Pay it?' },
    { id: 'both', type: 'parallel', branches: ['pay', 'tell'] },
    { id: 'pay', type: 'tool', tool: 'pay', compensation: 'unpay' },
    { id: 'unpay', type: 'tool', tool: 'unpay', input: { id: 'steps.pay.id' } },
    { id: 'tell', type: 'map', items: 'input.people', as: 'person', body: 'mail' },
    { id: 'mail', type: 'subworkflow', workflow: 'mail', input: { to: 'person' }, onError: 'unsent' },
    { id: 'unsent', type: 'wait', forMs: 10 },
    { id: 'until', type: 'loop', body: 'reply', while: 'last != "yes"', maxIterations: 3 },
    { id: 'reply', type: 'wait', forEvent: 'reply', outputSchema: { type: 'string' } },
  ],
  edges: [
    { from: 'check', to: 'decide' },
    { from: 'decide', to: 'ask', condition: 'steps.check.amount > 100', priority: 1 },
    { from: 'decide', to: 'both' },
    { from: 'ask', to: 'both' },
    { from: 'both', to: 'until' },
  ],
};

/** The workflow that {@link refund} runs. */
const mail: Workflow = {
  name: 'mail',
  version: '1.0.0',
  output: { type: 'boolean' },
  start: 'send',
  nodes: [{ id: 'send', type: 'tool', tool: 'send' }],
  edges: [],
};

/** What both need. */
export const surroundings: WorkflowSurroundings = {
  agents: new Map([
    ['clerk', { output: { type: 'object', properties: { amount: { type: 'integer' } } } }],
    ['expert', {}],
  ]),
  tools: new Map([
    ['pay', { effect: 'write', output: { type: 'object', properties: { id: { type: 'string' } } } }],
    ['unpay', { effect: 'idempotent-write' }],
    ['send', { effect: 'write' }],
  ]),
  workflows: new Map([
    ['refund', refund],
    ['mail', mail],
  ]),
};

/** The workflow with one node changed. */
export function withNode(id: string, change: Readonly<Record<string, unknown>>): Workflow {
  const nodes = refund.nodes.map((node) =>
    node.id === id ? ({ ...node, ...change } as WorkflowNode) : node,
  ); // what a test changes is for it to know
  return { ...refund, nodes };
}

/** A router without problems. */
export const desk: Router = {
  name: 'desk',
  version: '1.0.0',
  entry: 'clerk',
  agents: {
    clerk: [{ target: 'expert', condition: 'output.amount > 100', input: { message: 'input' } }],
    expert: [{ target: 'clerk', condition: 'hops < 2' }],
  },
};
