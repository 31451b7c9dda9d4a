import { textOf } from '@agent-factory/sdk/domain';
import type { AgentScope } from './agent-loop.ts';
import type { LoadedAgent } from './load-agent.ts';

/** Most characters of a question, and of an answer, that are remembered. */
const mostChars = 7_900;

/** Remembers the question and the answer of a run for its session or user, if it names one. */
export async function rememberExchange(scope: AgentScope, agent: LoadedAgent, answer: string): Promise<void> {
  const { semanticMemory } = agent.definition;
  const { state, effects } = scope;
  const { run } = scope.progress;
  // What is only tried was never said, and what agents ask one another the user did not say.
  if (!semanticMemory || state.isSaid || run.forkOf || run.parent) return;
  const { scope: whose = 'user', ttlMs } = semanticMemory;
  const id = run[whose];
  if (id === undefined) return;
  const question = state.question ? textOf(state.question).slice(0, mostChars) : '';
  const text = `user: ${question}\nassistant: ${answer.slice(0, mostChars)}`;
  await scope.commit();
  // Under the id of the run, so that doing it again after a restart changes nothing.
  await scope.guard(
    effects.remember({ scope: whose, id }, { id: run.id, text, ...(ttlMs !== undefined && { ttlMs }) }),
  );
  scope.check();
  scope.emit('memory.written', { kind: 'semantic', key: id, value: { scope: whose, id: run.id } });
}
