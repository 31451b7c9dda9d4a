import type { JsonSchema } from '@agent-factory/sdk';
import { routerProblems, routerSchema, type Router, type RunLimits } from '@agent-factory/sdk/domain';
import type { Evaluators } from '../condition/conditions.ts';
import { errors } from '../errors.ts';
import type { KnownDefinitions, LoadedSubject, RunExecutor } from '../run/run-executor.ts';
import type { ConversationReader } from '../run/conversation-input.ts';
import type { RunScope } from '../run/run-scope.ts';
import { listed } from '../tool/problem-list.ts';
import { compileRouter, type RouterPlan } from './router-plan.ts';
import { advanceRouter, firstRouterState, type RouterState } from './router-state.ts';
import { workOnRouter } from './work-on-router.ts';

/** A router, ready to be run. */
export interface LoadedRouter extends LoadedSubject {
  readonly plan: RouterPlan;
}

/** A run of a router, while it is worked on. */
export type RouterScope = RunScope<LoadedRouter, RouterState>;

/** What routers are executed with. */
export interface RouterExecutorParts {
  readonly evaluators: Evaluators;
  readonly readInput: ConversationReader;
  /** The definitions there are, once they have been checked. */
  readonly known: KnownDefinitions;
}

/** Those of an agent, for some of them together. */
const defaultLimits = { turns: 48, timeMs: 900_000, toolCalls: 256 };

/** Creates what executes routers. */
export function createRouterExecutor(parts: RouterExecutorParts): RunExecutor<LoadedRouter, RouterState> {
  const { evaluators, readInput } = parts;
  return {
    kind: 'router',
    schema: routerSchema,
    async check(definition, _tenant, known) {
      const router = definition as Router; // it fits the schema
      const agents = agentsOf(known);
      const problems = routerProblems(router, agents);
      return problems.length > 0 ? problems : (await compileRouter(router, agents, evaluators)).problems;
    },
    invalid: (problems) => errors.AF_ROUTER_INVALID({ count: problems.length, list: problems.join('\n') }),
    unknown: (router, mend) => errors.AF_ROUTER_UNKNOWN({ router, mend }),
    async load(definition, subject) {
      const router = definition as Router; // it fits the schema
      let { plan, problems } = await compileRouter(router, agentsOf(parts.known), evaluators);
      // What the agents answer may have changed since the router was checked, so that less is known of it.
      const anything = new Map(Object.keys(router.agents).map((name) => [name, { output: {} }] as const));
      if (problems.length > 0) ({ plan, problems } = await compileRouter(router, anything, evaluators));
      if (problems.length > 0)
        throw errors.AF_ROUTER_INVALID({ count: problems.length, list: listed(problems) });
      const limits: RunLimits & { readonly timeMs: number } = { ...defaultLimits, ...router.limits };
      return { subject, definition, limits, plan };
    },
    assertReady() {},
    inputOf: (_loaded, input) => readInput(input),
    begin: firstRouterState,
    advance: (state, event, _progress, written) => advanceRouter(state, event, written),
    work: workOnRouter,
  };
}

/** Agents by name, each with the schema of its answer where it has one. */
function agentsOf(known: KnownDefinitions): ReadonlyMap<string, { readonly output?: JsonSchema }> {
  return known('agent') as ReadonlyMap<string, { readonly output?: JsonSchema }>; // they fit their schema
}
