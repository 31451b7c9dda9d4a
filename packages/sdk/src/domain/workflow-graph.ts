import type { Workflow, WorkflowEdge, WorkflowNode } from './workflow.ts';

/** A chain of nodes: what is reached from its first node by edges and `onError`. */
export interface WorkflowChain {
  /** Id of its first node. */
  readonly entry: string;
  /** The node that runs it; none for the workflow's own chain. */
  readonly owner: WorkflowNode | undefined;
  /** Whether it undoes its owner. */
  readonly compensates: boolean;
}

/** A workflow, with what follows from its nodes and edges. */
export interface WorkflowGraph {
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  /** The ways out of a node, in the order they are looked at. */
  readonly edges: ReadonlyMap<string, readonly WorkflowEdge[]>;
  /** The chain each node that can be reached belongs to: the first one found, where there are several. */
  readonly chains: ReadonlyMap<string, WorkflowChain>;
  /** Nodes that are reached from two chains, with the second. */
  readonly shared: ReadonlyMap<string, WorkflowChain>;
}

/** Makes the graph of a workflow. Ids that lead nowhere are left out. */
export function workflowGraph({ nodes: list, edges: ways, start }: Workflow): WorkflowGraph {
  const nodes = new Map(list.map((node) => [node.id, node]));
  const edges = new Map<string, WorkflowEdge[]>();
  for (const edge of ways) {
    if (!nodes.has(edge.from) || !nodes.has(edge.to)) continue;
    const sorted = edges.get(edge.from);
    if (sorted) sorted.push(edge);
    else edges.set(edge.from, [edge]);
  }
  for (const sorted of edges.values()) sorted.sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
  const chains = new Map<string, WorkflowChain>();
  const shared = new Map<string, WorkflowChain>();
  const open: WorkflowChain[] = [{ entry: start, owner: undefined, compensates: false }];
  for (const chain of open) {
    const found = [chain.entry];
    for (const id of found) {
      const node = nodes.get(id);
      const known = chains.get(id);
      if (!node || known === chain) continue;
      if (known) {
        shared.set(id, chain);
        continue;
      }
      chains.set(id, chain);
      for (const entry of innerEntries(node)) open.push({ entry, owner: node, compensates: false });
      const undo = compensationOf(node);
      if (undo !== undefined) open.push({ entry: undo, owner: node, compensates: true });
      found.push(...(edges.get(id) ?? []).map(({ to }) => to));
      if (node.onError !== undefined) found.push(node.onError);
    }
  }
  return { nodes, edges, chains, shared };
}

/** The first nodes of the chains a node runs. */
export function innerEntries(node: WorkflowNode): readonly string[] {
  if (node.type === 'parallel') return node.branches;
  return node.type === 'map' || node.type === 'loop' ? [node.body] : [];
}

/** Id of the node that undoes a node. */
export function compensationOf(node: WorkflowNode): string | undefined {
  return 'compensation' in node ? node.compensation : undefined;
}

/** The nodes a node leads to, whatever the way. */
export function nextNodes(graph: WorkflowGraph, node: WorkflowNode): readonly string[] {
  const undo = compensationOf(node);
  return [
    ...(graph.edges.get(node.id) ?? []).map(({ to }) => to),
    ...innerEntries(node),
    ...(node.onError === undefined ? [] : [node.onError]),
    ...(undo === undefined ? [] : [undo]),
  ];
}
