import type { ValidationProblem } from '../json.ts';
import type { Workflow, WorkflowEdge } from './workflow.ts';
import { nextNodes, type WorkflowGraph } from './workflow-graph.ts';

/** What is wrong with the ways between the nodes of a workflow. */
export function edgeProblems(workflow: Workflow, graph: WorkflowGraph): readonly ValidationProblem[] {
  return [
    ...workflow.edges.flatMap((edge, index) => endProblems(edge, `/edges/${index}`, graph)),
    ...deadEdges(workflow, graph),
    ...strayConditions(workflow, graph),
    ...deadEnds(workflow, graph),
    ...circles(workflow, graph),
  ];
}

function endProblems(
  { from, to }: WorkflowEdge,
  path: string,
  { nodes }: WorkflowGraph,
): readonly ValidationProblem[] {
  return (['from', 'to'] as const).flatMap((end) => {
    const id = end === 'from' ? from : to;
    if (nodes.has(id)) return [];
    const message = `no node has the id "${id}"`;
    return [{ path: `${path}/${end}`, message, fix: `There are: ${[...nodes.keys()].join(', ')}.` }];
  });
}

/** Ways that are never looked at: after one that is always taken, and after the same one. */
function deadEdges({ edges }: Workflow, graph: WorkflowGraph): readonly ValidationProblem[] {
  return [...graph.edges.values()].flatMap((ways) => {
    const always = ways.findIndex(({ condition }) => condition === undefined);
    if (always < 0) return [];
    return ways.slice(always + 1).map((edge) => ({
      path: `/edges/${edges.indexOf(edge)}`,
      message: `the edge from "${edge.from}" to "${edge.to}" is never taken: the one to "${ways[always]?.to}" comes first and always holds`,
      fix: 'Give that one a condition or a lower priority.',
    }));
  });
}

/** Conditions elsewhere than on the ways out of a branch. */
function strayConditions({ edges }: Workflow, { nodes }: WorkflowGraph): readonly ValidationProblem[] {
  return edges.flatMap(({ from, condition }, index) => {
    const type = nodes.get(from)?.type;
    if (condition === undefined || type === undefined || type === 'branch') return [];
    const message = `the edge has a condition, and "${from}" is no branch`;
    return [{ path: `/edges/${index}/condition`, message, fix: 'Put a node of type branch between.' }];
  });
}

function deadEnds({ nodes }: Workflow, { edges }: WorkflowGraph): readonly ValidationProblem[] {
  return nodes.flatMap(({ id, type }, index) =>
    type !== 'branch' || edges.has(id)
      ? []
      : [
          {
            path: `/nodes/${index}`,
            message: `no edge leads out of the branch "${id}"`,
            fix: 'Add edges with conditions, and one without for the rest.',
          },
        ],
  );
}

/** Circles of nodes, each told once, at the node where it was met first. */
function circles({ nodes }: Workflow, graph: WorkflowGraph): readonly ValidationProblem[] {
  const problems: ValidationProblem[] = [];
  const done = new Set<string>();
  const visit = (id: string, way: readonly string[]): void => {
    const node = graph.nodes.get(id);
    if (!node) return;
    const at = way.indexOf(id);
    if (at >= 0) {
      const circle = [...way.slice(at), id].join(' → ');
      problems.push({
        path: `/nodes/${nodes.findIndex((one) => one.id === id)}`,
        message: `the nodes lead back to where they were, without a bound: ${circle}`,
        fix: 'Repeat nodes by a loop, which has maxIterations.',
      });
      return;
    }
    if (done.has(id)) return;
    for (const next of new Set(nextNodes(graph, node))) visit(next, [...way, id]);
    done.add(id);
  };
  for (const { id } of nodes) visit(id, []);
  return problems;
}
