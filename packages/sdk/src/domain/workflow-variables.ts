import type { JsonSchema } from '../json.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';
import { workflowGraph, type WorkflowChain, type WorkflowGraph } from './workflow-graph.ts';
import type { WorkflowSurroundings } from './workflow-problems.ts';

/** The variables an expression may read, each with the schema of its values. */
export type WorkflowVariables = Readonly<Record<string, JsonSchema>>;

/** What the expressions of a workflow may read, by where they stand. */
export interface WorkflowScope {
  /** Before a node runs: its input, the items of a map. */
  before(node: string): WorkflowVariables;
  /** Once it has finished: the conditions on its edges. */
  after(node: string): WorkflowVariables;
  /** After a round of a loop: its condition. */
  round(loop: string): WorkflowVariables;
  /** At the end: the result of the workflow. */
  end(): WorkflowVariables;
}

const anything: JsonSchema = {};
const index: JsonSchema = { type: 'integer', minimum: 0 };
const approval: JsonSchema = closed(
  { approved: { type: 'boolean' }, by: { type: 'string' }, comment: { type: 'string' } },
  ['approved'],
);

/** Tells what each expression of a workflow may read. The workflow must be without {@link workflowProblems}. */
export function workflowScope(workflow: Workflow, surroundings: WorkflowSurroundings): WorkflowScope {
  const graph = workflowGraph(workflow);
  const { nodes, chains } = graph;

  const typeOf = (id: string): JsonSchema => {
    const node = nodes.get(id);
    if (!node || node.onError !== undefined) return anything;
    return node.outputSchema ?? resultType(node);
  };

  const resultType = (node: WorkflowNode): JsonSchema => {
    switch (node.type) {
      case 'agent':
        return surroundings.agents.get(node.agent)?.output ?? { type: 'string' };
      case 'tool':
        return surroundings.tools.get(node.tool)?.output ?? anything;
      case 'subworkflow':
        return surroundings.workflows.get(node.workflow)?.output ?? anything;
      case 'parallel':
        if (node.join === 'any') return closed({ branch: { enum: node.branches }, output: anything });
        return closed(Object.fromEntries(node.branches.map((entry) => [entry, chainType(entry)])));
      case 'map':
        return { type: 'array', items: chainType(node.body) };
      case 'loop':
        return chainType(node.body);
      case 'approval':
        return approval;
      case 'branch':
        return { type: 'null' };
      default:
        return 'forMs' in node ? { type: 'null' } : anything;
    }
  };

  /** What a chain gives: the result of its last node, where only one can be the last. */
  const chainType = (entry: string): JsonSchema => {
    const [last, ...others] = chainNodes(entry, graph).filter((id) => !graph.edges.has(id));
    return last === undefined || others.length > 0 ? anything : typeOf(last);
  };

  const variables = (chain: WorkflowChain | undefined, finished: readonly string[]): WorkflowVariables => {
    const outer = chain?.owner ? around(chain, chain.owner) : { input: workflow.input ?? anything };
    const steps = Object.fromEntries(finished.map((id) => [id, typeOf(id)]));
    return { ...outer, steps: closed({ ...propertiesOf(outer['steps']), ...steps }) };
  };

  const around = (chain: WorkflowChain, owner: WorkflowNode): WorkflowVariables => {
    const outer = chain.compensates ? scope.after(owner.id) : scope.before(owner.id);
    if (chain.compensates) return outer;
    if (owner.type === 'map') return { ...outer, index, [owner.as ?? 'item']: anything };
    return owner.type === 'loop' ? { ...outer, index, last: anything } : outer;
  };

  const scope: WorkflowScope = {
    before: (id) => {
      const chain = chains.get(id);
      return variables(chain, chain ? nodesBefore(id, chain, graph) : []);
    },
    after: (id) => {
      const chain = chains.get(id);
      return variables(chain, chain ? [...nodesBefore(id, chain, graph), id] : []);
    },
    round: (id) => {
      const loop = nodes.get(id);
      const last = loop?.type === 'loop' ? chainType(loop.body) : anything;
      return { ...scope.before(id), index, last };
    },
    end: () => variables(chains.get(workflow.start), chainNodes(workflow.start, graph)),
  };
  return scope;
}

/** The nodes of a chain. */
function chainNodes(entry: string, { chains }: WorkflowGraph): readonly string[] {
  const chain = chains.get(entry);
  return [...chains].flatMap(([id, of]) => (of === chain ? [id] : []));
}

/** The nodes of the same chain from which a way leads to this one. */
function nodesBefore(id: string, chain: WorkflowChain, { nodes, edges, chains }: WorkflowGraph): string[] {
  const before = new Map<string, string[]>();
  for (const [from, of] of chains) {
    if (of !== chain) continue;
    const { onError } = nodes.get(from) ?? {};
    const next = [
      ...(edges.get(from) ?? []).map(({ to }) => to),
      ...(onError === undefined ? [] : [onError]),
    ];
    for (const to of next) before.set(to, [...(before.get(to) ?? []), from]);
  }
  const found = new Set(before.get(id));
  for (const one of found) for (const earlier of before.get(one) ?? []) found.add(earlier);
  return [...found];
}

function closed(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function propertiesOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  const properties = schema?.['properties'];
  return typeof properties === 'object' && properties !== null
    ? (properties as Readonly<Record<string, JsonSchema>>) // made by `closed` above
    : {};
}
