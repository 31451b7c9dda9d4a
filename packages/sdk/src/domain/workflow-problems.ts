import type { JsonSchema, ValidationProblem } from '../json.ts';
import { contradictionIn } from './schema-contradiction.ts';
import type { ToolEffect } from './tool.ts';
import type { Workflow, WorkflowNode } from './workflow.ts';
import { edgeProblems } from './workflow-edge-problems.ts';
import { innerEntries, workflowGraph, type WorkflowGraph } from './workflow-graph.ts';

/** What workflows may name. */
export interface WorkflowSurroundings {
  /** Agents by name, each with the schema of its answer where it has one. */
  readonly agents: ReadonlyMap<string, { readonly output?: JsonSchema }>;
  /** Tools by name. */
  readonly tools: ReadonlyMap<string, { readonly effect: ToolEffect; readonly output?: JsonSchema }>;
  /** Workflows by name, with those that are being checked. */
  readonly workflows: ReadonlyMap<string, Workflow>;
}

/**
 * Everything that is wrong with a workflow that fits its schema, except what is inside its expressions: ids that lead
 * nowhere, nodes that nothing leads to, circles, ways that can never be taken, agents, tools and workflows that are not
 * there, workflows that run themselves, schemas that nothing fits.
 */
export function workflowProblems(
  workflow: Workflow,
  surroundings: WorkflowSurroundings,
): readonly ValidationProblem[] {
  const graph = workflowGraph(workflow);
  return [
    ...idProblems(workflow, graph),
    ...edgeProblems(workflow, graph),
    ...workflow.nodes.flatMap((node, index) => nodeProblems(node, `/nodes/${index}`, graph, surroundings)),
    ...(graph.nodes.has(workflow.start) ? reachProblems(workflow, graph) : []),
    ...recursion(workflow, surroundings),
    ...schemaProblem('/input', workflow.input),
    ...schemaProblem('/output', workflow.output),
  ];
}

function idProblems({ nodes, start }: Workflow, graph: WorkflowGraph): readonly ValidationProblem[] {
  const seen = new Set<string>();
  const twice = nodes.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: `/nodes/${index}/id`, message: `the id "${id}" is taken`, fix: 'Give it another.' }];
  });
  return [...unknownNode('/start', start, graph), ...twice];
}

/** What is wrong with an id that should be one of a node. */
function unknownNode(path: string, id: string, { nodes }: WorkflowGraph): readonly ValidationProblem[] {
  if (nodes.has(id)) return [];
  return [
    { path, message: `no node has the id "${id}"`, fix: `There are: ${[...nodes.keys()].join(', ')}.` },
  ];
}

function nodeProblems(
  node: WorkflowNode,
  path: string,
  graph: WorkflowGraph,
  surroundings: WorkflowSurroundings,
): readonly ValidationProblem[] {
  const entries = innerEntries(node);
  const inner = entries.flatMap((entry, index) =>
    unknownNode(node.type === 'parallel' ? `${path}/branches/${index}` : `${path}/body`, entry, graph),
  );
  const onError = node.onError === undefined ? [] : unknownNode(`${path}/onError`, node.onError, graph);
  return [
    ...inner,
    ...onError,
    ...schemaProblem(`${path}/outputSchema`, node.outputSchema),
    ...('inputSchema' in node ? schemaProblem(`${path}/inputSchema`, node.inputSchema) : []),
    ...namedProblems(node, path, surroundings),
    ...('compensation' in node ? compensationProblems(node.compensation, path, graph) : []),
  ];
}

function namedProblems(
  node: WorkflowNode,
  path: string,
  { agents, tools, workflows }: WorkflowSurroundings,
): readonly ValidationProblem[] {
  if (node.type === 'agent') return unknownName(`${path}/agent`, 'agent', node.agent, agents);
  if (node.type === 'subworkflow')
    return unknownName(`${path}/workflow`, 'workflow', node.workflow, workflows);
  if (node.type !== 'tool') return [];
  const repeats = tools.get(node.tool)?.effect === 'write' && (node.retry?.maxAttempts ?? 1) > 1;
  if (!repeats) return unknownName(`${path}/tool`, 'tool', node.tool, tools);
  const message = `the tool "${node.tool}" changes something each time it is called, so it is never repeated`;
  return [{ path: `${path}/retry`, message, fix: 'Take it out, or make the tool idempotent.' }];
}

function unknownName(
  path: string,
  kind: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
): readonly ValidationProblem[] {
  if (known.has(name)) return [];
  const names = [...known.keys()].join(', ');
  return [
    {
      path,
      message: `there is no ${kind} named "${name}"`,
      fix: names === '' ? `There is none yet.` : `There are: ${names}.`,
    },
  ];
}

function compensationProblems(
  id: string | undefined,
  path: string,
  graph: WorkflowGraph,
): readonly ValidationProblem[] {
  if (id === undefined) return [];
  const node = graph.nodes.get(id);
  const place = `${path}/compensation`;
  if (!node) return unknownNode(place, id, graph);
  const fits = node.type === 'agent' || node.type === 'tool' || node.type === 'subworkflow';
  const isAlone =
    !graph.edges.has(id) && node.onError === undefined && !('compensation' in node && node.compensation);
  if (fits && isAlone) return [];
  const message = fits
    ? `"${id}" undoes something, so nothing may follow it: no edge, no onError, no compensation`
    : `"${id}" cannot undo anything: it is a node of type ${node.type}`;
  return [{ path: place, message, fix: 'Name a node of type tool, agent or subworkflow that stands alone.' }];
}

function reachProblems({ nodes }: Workflow, { chains, shared }: WorkflowGraph): readonly ValidationProblem[] {
  return nodes.flatMap(({ id }, index) => {
    const path = `/nodes/${index}`;
    const second = shared.get(id);
    if (second) {
      const owner = second.owner ? `"${second.owner.id}"` : 'the workflow itself';
      const message = `"${id}" is reached from two chains; the second is that of ${owner}`;
      return [{ path, message, fix: 'Give each chain nodes of its own.' }];
    }
    if (chains.has(id)) return [];
    return [{ path, message: `nothing leads to "${id}"`, fix: 'Add an edge to it, or take it out.' }];
  });
}

function recursion(workflow: Workflow, { workflows }: WorkflowSurroundings): readonly ValidationProblem[] {
  return workflow.nodes.flatMap((node, index) => {
    if (node.type !== 'subworkflow') return [];
    const way = wayTo(workflow.name, node.workflow, workflows, new Set());
    if (!way) return [];
    const message = `the workflow would run itself: ${[workflow.name, ...way].join(' → ')}`;
    const fix = 'Use a loop with maxIterations, or take the node out.';
    return [{ path: `/nodes/${index}/workflow`, message, fix }];
  });
}

function wayTo(
  target: string,
  from: string,
  workflows: ReadonlyMap<string, Workflow>,
  seen: Set<string>,
): readonly string[] | undefined {
  if (from === target) return [from];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const node of workflows.get(from)?.nodes ?? []) {
    if (node.type !== 'subworkflow') continue;
    const rest = wayTo(target, node.workflow, workflows, seen);
    if (rest) return [from, ...rest];
  }
  return undefined;
}

function schemaProblem(path: string, schema: JsonSchema | undefined): readonly ValidationProblem[] {
  const found = schema === undefined ? undefined : contradictionIn(schema);
  return found ? [{ path: path + found.path, message: found.message, fix: found.fix ?? 'Mend it.' }] : [];
}
