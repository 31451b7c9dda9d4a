import type { Json } from '../json.ts';
import type { Diagram, DiagramEdge, DiagramGroup, DiagramNode, DiagramShape } from './diagram.ts';
import type { Router } from './router.ts';
import { routerEdges } from './router-problems.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';
import { compensationOf, innerEntries, workflowGraph } from './workflow-graph.ts';

const longest = 80;
// No id of a node has a space.
const startId = ' start';
const endId = ' end';

const shapes: Readonly<Record<WorkflowNode['type'], DiagramShape>> = {
  agent: 'step',
  tool: 'call',
  subworkflow: 'call',
  branch: 'choice',
  parallel: 'fork',
  map: 'fork',
  loop: 'fork',
  wait: 'pause',
  approval: 'person',
};

/** A workflow as a diagram: chains that a node runs are framed, ways for failures and undoing are broken lines. */
export function workflowDiagram(workflow: Workflow): Diagram {
  const graph = workflowGraph(workflow);
  const groups: DiagramGroup[] = [];
  const edges: DiagramEdge[] = [{ from: startId, to: workflow.start }];
  const groupOf = (id: string): { readonly group?: string } => {
    const owner = graph.chains.get(id)?.owner;
    // What undoes a node is drawn beside it.
    if (!owner) return {};
    return graph.chains.get(id)?.compensates ? groupOf(owner.id) : { group: ` in ${owner.id}` };
  };
  for (const node of workflow.nodes) {
    const { id, onError } = node;
    const inner = innerEntries(node);
    if (inner.length > 0) groups.push({ id: ` in ${id}`, label: frameLabel(node), ...groupOf(id) });
    for (const entry of inner) edges.push({ from: id, to: entry });
    const ways = graph.edges.get(id) ?? [];
    for (const { to, condition } of ways) edges.push({ from: id, to, ...labelOf(condition) });
    const chain = graph.chains.get(id);
    if (ways.length === 0 && chain && !chain.owner) edges.push({ from: id, to: endId });
    if (onError !== undefined) edges.push({ from: id, to: onError, label: 'on error', dashed: true });
    const undo = compensationOf(node);
    if (undo !== undefined) edges.push({ from: id, to: undo, label: 'undo', dashed: true });
  }
  const nodes: DiagramNode[] = workflow.nodes.map((node) => ({
    id: node.id,
    label: nodeLabel(node),
    shape: shapes[node.type],
    ...groupOf(node.id),
  }));
  const title = `${workflow.name} ${workflow.version}`;
  return { title, nodes: [start(), ...nodes, end()], edges: known(edges, workflow.nodes), groups };
}

/** A router as a diagram. */
export function routerDiagram(router: Router): Diagram {
  const names = Object.keys(router.agents);
  const nodes: DiagramNode[] = names.map((name) => ({ id: name, label: name, shape: 'step' }));
  const edges = names.flatMap((name) => {
    const ways = routerEdges(router, name);
    const out = ways.map(({ target, condition }) => ({ from: name, to: target, ...labelOf(condition) }));
    const last = ways.at(-1);
    const stays = last && last.condition === undefined ? [] : [{ from: name, to: endId }];
    return [...out, ...stays];
  });
  const title = `${router.name} ${router.version}`;
  const all = [{ from: startId, to: router.entry }, ...edges];
  return { title, nodes: [start(), ...nodes, end()], edges: known(all, nodes) };
}

function start(): DiagramNode {
  return { id: startId, label: 'start', shape: 'start' };
}

function end(): DiagramNode {
  return { id: endId, label: 'end', shape: 'end' };
}

/** A definition that is still being written may name nodes that are not there yet. */
function known(edges: readonly DiagramEdge[], nodes: readonly { readonly id: string }[]): DiagramEdge[] {
  const ids = new Set([startId, endId, ...nodes.map(({ id }) => id)]);
  return edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
}

function nodeLabel(node: WorkflowNode): string {
  return cut(`${node.id}\n${doing(node)}`);
}

function doing(node: WorkflowNode): string {
  switch (node.type) {
    case 'agent':
      return `agent ${node.agent}`;
    case 'tool':
      return `tool ${node.tool}`;
    case 'subworkflow':
      return `workflow ${node.workflow}`;
    case 'parallel':
      return node.join === 'any' ? 'the first of' : 'all of';
    case 'map':
      return `each of ${node.items}`;
    case 'loop':
      return `while ${node.while}, at most ${node.maxIterations} times`;
    case 'approval':
      return `ask: ${node.prompt}`;
    case 'wait':
      return 'forMs' in node ? `wait ${node.forMs} ms` : `wait for ${node.forEvent}`;
    case 'branch':
      return 'which way?';
  }
}

function frameLabel(node: WorkflowNode): string {
  return `${node.type} ${node.id}`;
}

function labelOf(condition: Json | undefined): { readonly label?: string } {
  if (condition === undefined) return {};
  return { label: cut(typeof condition === 'string' ? condition : JSON.stringify(condition)) };
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
