import type { JsonSchema, ValidationProblem } from '../json.ts';
import type { Router, RouterEdge } from './router.ts';

/** The ways out of an agent of a router, in the order they are looked at. */
export function routerEdges(router: Router, agent: string): readonly RouterEdge[] {
  const edges = Object.hasOwn(router.agents, agent) ? (router.agents[agent] ?? []) : [];
  return [...edges].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
}

/**
 * Everything that is wrong with a router that fits its schema, except what is inside its conditions: agents that are
 * not there or that nothing leads to, ways that can never be taken, circles no condition can end.
 *
 * @param agents the agents there are, by name
 */
export function routerProblems(
  router: Router,
  agents: ReadonlyMap<string, unknown>,
): readonly ValidationProblem[] {
  const named = Object.keys(router.agents);
  const known = named.join(', ');
  const problems: ValidationProblem[] = [];
  const { entry } = router;
  if (!Object.hasOwn(router.agents, entry))
    problems.push({ path: '/entry', message: `"${entry}" is not in agents`, fix: `There are: ${known}.` });
  for (const name of named) {
    const path = `/agents/${name}`;
    if (!agents.has(name)) {
      const fix = `There are: ${[...agents.keys()].join(', ') || 'none yet'}.`;
      problems.push({ path, message: `there is no agent named "${name}"`, fix });
    }
    for (const [index, { target }] of (router.agents[name] ?? []).entries()) {
      if (Object.hasOwn(router.agents, target)) continue;
      const message = `"${target}" is not in agents`;
      problems.push({ path: `${path}/${index}/target`, message, fix: `There are: ${known}.` });
    }
    problems.push(...deadWays(router, name));
  }
  return [...problems, ...unreached(router), ...endless(router)];
}

function deadWays(router: Router, name: string): readonly ValidationProblem[] {
  const edges = routerEdges(router, name);
  const always = edges.findIndex(({ condition }) => condition === undefined);
  if (always < 0) return [];
  return edges.slice(always + 1).map((edge) => ({
    path: `/agents/${name}/${router.agents[name]?.indexOf(edge) ?? 0}`,
    message: `the way from "${name}" to "${edge.target}" is never taken: the one to "${edges[always]?.target}" comes first and always holds`,
    fix: 'Give that one a condition or a lower priority.',
  }));
}

function unreached(router: Router): readonly ValidationProblem[] {
  const reached = new Set([router.entry]);
  for (const name of reached) for (const { target } of routerEdges(router, name)) reached.add(target);
  return Object.keys(router.agents).flatMap((name) =>
    reached.has(name)
      ? []
      : [
          {
            path: `/agents/${name}`,
            message: `no way leads to "${name}"`,
            fix: 'Add one, or take it out.',
          },
        ],
  );
}

/** Circles of ways that are always taken: the run could only end at its bound. */
function endless(router: Router): readonly ValidationProblem[] {
  const told = new Set<string>();
  return Object.keys(router.agents).flatMap((start) => {
    const way: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !way.includes(at)) {
      way.push(at);
      const first: RouterEdge | undefined = routerEdges(router, at)[0];
      at = first?.condition === undefined ? first?.target : undefined;
    }
    if (at !== start || way.some((name) => told.has(name))) return [];
    for (const name of way) told.add(name);
    const message = `these agents hand over to each other for ever: ${[...way, start].join(' → ')}`;
    return [{ path: `/agents/${start}`, message, fix: 'Give one of the ways a condition.' }];
  });
}

/** What the conditions and inputs on the ways out of an agent may read, each with the schema of its values. */
export function routerVariables(
  router: Router,
  agents: ReadonlyMap<string, { readonly output?: JsonSchema }>,
  agent: string,
): Readonly<Record<string, JsonSchema>> {
  const answerOf = (name: string): JsonSchema => agents.get(name)?.output ?? { type: 'string' };
  const outputs = Object.keys(router.agents).map((name) => [name, answerOf(name)] as const);
  return {
    input: { type: 'string' },
    output: answerOf(agent),
    outputs: { type: 'object', properties: Object.fromEntries(outputs), additionalProperties: false },
    agent: { type: 'string' },
    hops: { type: 'integer', minimum: 0 },
  };
}
