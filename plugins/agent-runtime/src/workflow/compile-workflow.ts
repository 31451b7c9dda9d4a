import type { PluginContext, ValidationProblem } from '@agent-factory/sdk';
import {
  defaultEvaluator,
  workflowGraph,
  workflowScope,
  type Workflow,
  type WorkflowGraph,
  type WorkflowNode,
  type WorkflowScope,
  type WorkflowSurroundings,
} from '@agent-factory/sdk/domain';
import { ConditionCompiler } from '../condition/condition-compiler.ts';
import type { Evaluators } from '../condition/conditions.ts';
import type { NodePlan, WorkflowPlan } from './workflow-plan.ts';

const defaultMaxSteps = 10_000;

/** A plan, and everything that is wrong with the expressions in it. */
export interface CompiledWorkflow {
  readonly plan: WorkflowPlan;
  readonly problems: readonly ValidationProblem[];
}

/** Makes the expressions and schemas of a workflow ready; it must be without `workflowProblems`. */
export async function compileWorkflow(
  workflow: Workflow,
  surroundings: WorkflowSurroundings,
  evaluators: Evaluators,
  validator: PluginContext['validator'],
): Promise<CompiledWorkflow> {
  const graph = workflowGraph(workflow);
  const scope = workflowScope(workflow, surroundings);
  const evaluator = workflow.evaluator ?? defaultEvaluator;
  const compiler = new ConditionCompiler(evaluators, evaluator);
  const nodes = new Map<string, NodePlan>();
  for (const [index, node] of workflow.nodes.entries()) {
    nodes.set(node.id, {
      ...(await expressionsOf(node, `/nodes/${index}`, scope, compiler)),
      ...(await choiceOf(node, index, workflow, graph, scope, compiler)),
      ...('inputSchema' in node && node.inputSchema && { checkInput: validator(node.inputSchema) }),
      ...(node.outputSchema && { checkOutput: validator(node.outputSchema) }),
    });
  }
  const { result, input, output, limits } = workflow;
  const plan: WorkflowPlan = {
    workflow,
    graph,
    evaluator,
    nodes,
    result: result === undefined ? undefined : await compiler.value('/result', result, scope.end()),
    checkInput: input && validator(input),
    checkOutput: output && validator(output),
    maxSteps: limits?.steps ?? defaultMaxSteps,
  };
  return { plan, problems: compiler.problems };
}

async function expressionsOf(
  node: WorkflowNode,
  path: string,
  scope: WorkflowScope,
  compiler: ConditionCompiler,
): Promise<NodePlan> {
  const before = scope.before(node.id);
  if (node.type === 'map') {
    const items = await compiler.value(`${path}/items`, node.items, before);
    return items ? { items } : {};
  }
  if (node.type === 'loop') {
    const again = await compiler.condition(`${path}/while`, node.while, scope.round(node.id));
    return again ? { again } : {};
  }
  if (!('input' in node) || !node.input) return {};
  return { input: await compiler.mapping(`${path}/input`, node.input, before) };
}

async function choiceOf(
  node: WorkflowNode,
  index: number,
  workflow: Workflow,
  graph: WorkflowGraph,
  scope: WorkflowScope,
  compiler: ConditionCompiler,
): Promise<NodePlan> {
  if (node.type !== 'branch') return {};
  const named =
    node.evaluator === undefined ? {} : { name: node.evaluator, path: `/nodes/${index}/evaluator` };
  const options = (graph.edges.get(node.id) ?? []).map((edge) => ({
    path: `/edges/${workflow.edges.indexOf(edge)}`,
    id: edge.to,
    ...(edge.condition !== undefined && { condition: edge.condition }),
  }));
  const choice = await compiler.choice(options, scope.before(node.id), named);
  return choice ? { choice } : {};
}
