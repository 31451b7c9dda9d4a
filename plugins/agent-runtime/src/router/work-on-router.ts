import type { JsonObject } from '@agent-factory/sdk';
import { textOf, type Message } from '@agent-factory/sdk/domain';
import { answerAsAgent, type AgentAnswer } from '../agent/agent-loop.ts';
import type { LoadedAgent } from '../agent/load-agent.ts';
import { questionOf } from '../agent/question-of.ts';
import { valuesOf } from '../condition/condition-values.ts';
import { servicesFor } from '../condition/condition-services.ts';
import { errors } from '../errors.ts';
import { reasonOf } from '../run/failure.ts';
import { AgentView } from './agent-view.ts';
import type { RouterScope } from './router-executor.ts';

/** Works on a router's run until it ends or waits: one agent answers after the other, all in the one run. */
export async function workOnRouter(scope: RouterScope): Promise<void> {
  const { state, loaded, effects, progress } = scope;
  const { router } = loaded.plan;
  for (;;) {
    scope.checkpoint();
    const { current } = state;
    if (!current) {
      const to = await scope.guard(effects.resolve('agent', router.entry));
      scope.check();
      scope.emit('handoff', { from: router.name, to });
      continue;
    }
    const agent = (await scope.guard(effects.load(current))) as LoadedAgent; // its kind is agent
    const answer = await answerAsAgent(new AgentView(scope, agent));
    if (!answer) return;
    const target = state.decided === undefined ? await decide(scope, current.name, answer) : state.decided;
    if (target === null) {
      scope.emit('run.succeeded', { ...answer, usage: progress.run.usage });
      return;
    }
    await handOver(scope, current.name, target, answer);
  }
}

/** Who goes on after an answer; `null` for nobody: then it is the result. */
async function decide(scope: RouterScope, agent: string, answer: AgentAnswer): Promise<string | null> {
  const ways = scope.loaded.plan.ways.get(agent);
  if (!ways) return null;
  const { evaluator } = ways.choice;
  const services = servicesFor(scope, agent, scope.signal);
  const variables = variablesOf(scope, agent, answer);
  const decision = await scope.effects.choose(ways.choice, variables, agent, services);
  scope.check();
  const { chosen, saw, confidence, reason } = decision;
  scope.emit('route.decided', {
    path: agent,
    target: chosen,
    evaluator,
    value: chosen,
    saw,
    ...(confidence !== undefined && { confidence }),
    ...(reason !== undefined && { reason }),
  });
  return chosen;
}

async function handOver(
  scope: RouterScope,
  from: string,
  target: string,
  answer: AgentAnswer,
): Promise<void> {
  const { plan, subject } = scope.loaded;
  if (scope.state.hops >= plan.maxHops)
    throw errors.AF_ROUTER_HOPS({ router: subject.name, max: plan.maxHops, target });
  const input = await inputFor(scope, from, target, answer);
  const to = await scope.guard(scope.effects.resolve('agent', target));
  scope.check();
  scope.emit('handoff', { from, to, ...(input && { input }) });
}

async function inputFor(
  scope: RouterScope,
  from: string,
  target: string,
  answer: AgentAnswer,
): Promise<readonly Message[] | undefined> {
  const mapping = scope.loaded.plan.ways.get(from)?.inputs.get(target);
  if (!mapping) return undefined;
  try {
    return questionOf(await valuesOf(mapping, variablesOf(scope, from, answer)));
  } catch (error) {
    throw errors.AF_ROUTER_INPUT_FAILED({ agent: from, target, reason: reasonOf(error) }, { cause: error });
  }
}

function variablesOf({ state }: RouterScope, agent: string, { output }: AgentAnswer): JsonObject {
  const question = state.asked.findLast(({ role }) => role === 'user');
  return {
    input: question ? textOf(question) : '',
    output,
    outputs: { ...state.outputs, [agent]: output },
    agent,
    hops: state.hops,
  };
}
