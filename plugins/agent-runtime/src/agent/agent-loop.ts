import type { Json } from '@agent-factory/sdk';
import type { Citation, RunSubject } from '@agent-factory/sdk/domain';
import type { RunScope } from '../run/run-scope.ts';
import { waitFor } from '../run/wait-for.ts';
import { readMemory } from './agent-memory.ts';
import type { AgentState } from './agent-state.ts';
import { askModel } from './ask-model.ts';
import { callTools } from './call-tools.ts';
import { checkGiven } from './check-given.ts';
import { giveAnswer } from './give-answer.ts';
import type { LoadedAgent } from './load-agent.ts';

/** A run in which agents answer, while it is worked on. */
export type AgentScope = RunScope<LoadedAgent, AgentState>;

/** An agent's answer, and the sources it names. */
export interface AgentAnswer {
  readonly output: Json;
  readonly citations: readonly Citation[];
}

/** Works on an agent's run until it ends or waits. */
export async function workAsAgent(scope: AgentScope): Promise<void> {
  const answer = await answerAsAgent(scope);
  if (answer) scope.emit('run.succeeded', { ...answer, usage: scope.progress.run.usage });
}

/**
 * Works until there is an answer, or the run waits: then there is none. Each step follows from the run's state: it writes what it is about to do, does
 * it, and writes what came of it; events with no effect between them are written together.
 */
export async function answerAsAgent(scope: AgentScope): Promise<AgentAnswer | undefined> {
  const { state } = scope;
  let agent = scope.loaded;
  for (;;) {
    // Everything before this point is on its way into the journal, and nothing is in flight.
    scope.checkpoint();
    if (state.current && state.current.hash !== agent.subject.hash)
      agent = await loadNext(scope, state.current);
    if (state.open > 0) {
      await callTools(scope, agent);
    } else if (state.answer) {
      const answer = await giveAnswer(scope, agent, state.answer);
      if (answer) return answer;
    } else {
      if (!state.isTakenIn) await takeIn(scope, agent);
      if (scope.progress.run.status === 'running') await askModel(scope, agent);
    }
    if (scope.progress.run.status !== 'running') return undefined;
  }
}

async function loadNext(scope: AgentScope, subject: RunSubject): Promise<LoadedAgent> {
  const loaded = await scope.guard(scope.effects.load(subject));
  scope.check();
  return loaded as LoadedAgent; // its kind is agent
}

/** Before an agent's first question: what is remembered, and what its guardrails say of what comes in. */
async function takeIn(scope: AgentScope, agent: LoadedAgent): Promise<void> {
  if (agent.guardrails.length > 0) {
    const waits = await checkGiven(scope, agent);
    if (waits) return waitFor(scope, [waits]);
  }
  const { memory } = agent.definition;
  if (memory && scope.state.remembered === undefined) await readMemory(scope, memory);
}
