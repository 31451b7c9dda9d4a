import type { ValidationProblem } from '@agent-factory/sdk';
import { defaultEvaluator, routerEdges, routerVariables, type Router } from '@agent-factory/sdk/domain';
import { ConditionCompiler, type ReadyChoice, type ReadyMapping } from '../condition/condition-compiler.ts';
import type { Evaluators } from '../condition/conditions.ts';

/** The ways out of an agent, ready. */
interface RouterWays {
  readonly choice: ReadyChoice;
  /** What the next agent is given, by its name, where the edge says it. */
  readonly inputs: ReadonlyMap<string, ReadyMapping>;
}

/** A router with everything that its definition alone decides. */
export interface RouterPlan {
  readonly router: Router;
  /** By agent; an end has none. */
  readonly ways: ReadonlyMap<string, RouterWays>;
  readonly maxHops: number;
}

const defaultMaxHops = 16;

/** Makes the conditions of a router ready; it must be without `routerProblems`. */
export async function compileRouter(
  router: Router,
  agents: Parameters<typeof routerVariables>[1],
  evaluators: Evaluators,
): Promise<{ readonly plan: RouterPlan; readonly problems: readonly ValidationProblem[] }> {
  const compiler = new ConditionCompiler(evaluators, router.evaluator ?? defaultEvaluator);
  // Values of inputs are calculated, whoever decides the conditions.
  const values = new ConditionCompiler(evaluators, defaultEvaluator);
  const ways = new Map<string, RouterWays>();
  for (const agent of Object.keys(router.agents)) {
    const edges = routerEdges(router, agent);
    if (edges.length === 0) continue;
    const variables = routerVariables(router, agents, agent);
    const placed = edges.map((edge) => ({
      edge,
      path: `/agents/${agent}/${router.agents[agent]?.indexOf(edge) ?? 0}`,
    }));
    const options = placed.map(({ edge: { target: id, condition }, path }) => ({
      id,
      path,
      ...(condition !== undefined && { condition }),
    }));
    const choice = await compiler.choice(options, variables);
    const inputs = new Map<string, ReadyMapping>();
    for (const { edge, path } of placed) {
      if (edge.input) inputs.set(edge.target, await values.mapping(`${path}/input`, edge.input, variables));
    }
    if (choice) ways.set(agent, { choice, inputs });
  }
  const plan = { router, ways, maxHops: router.maxHops ?? defaultMaxHops };
  return { plan, problems: [...compiler.problems, ...values.problems] };
}
