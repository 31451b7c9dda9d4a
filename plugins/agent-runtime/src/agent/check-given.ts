import { textOf, type Message, type RunWait } from '@agent-factory/sdk/domain';
import { checkGuardrails, type Checked } from '../guard/check-guardrails.ts';
import type { AgentScope } from './agent-loop.ts';
import type { LoadedAgent } from './load-agent.ts';

/**
 * Has an agent's guardrails look at all that it is given, the oldest message first; what has to be waited for. What is
 * remembered was kept as guardrails left it, and is not looked at again.
 */
export async function checkGiven(scope: AgentScope, agent: LoadedAgent): Promise<RunWait | undefined> {
  const { state, progress } = scope;
  // Also when it looks again, after a guardrail has asked a model: a person is asked under the same id.
  const turn = progress.hasAgentAsked ? progress.run.turns : 0;
  const from = state.remembered ?? 0;
  const last = state.messages.findLastIndex(({ role }) => role === 'user');
  for (let index = from; index < state.messages.length; index += 1) {
    const message = state.messages[index];
    const looked = message && lookedAt(message);
    if (!looked) continue;
    const end = await checkGuardrails(scope, agent.guardrails, {
      ...looked,
      agent: agent.subject.name,
      turn,
      ...(index !== last && { message: index - from }),
    });
    if ('waits' in end) return end.waits;
  }
  return undefined;
}

/** As what a message is looked at. Who wrote an earlier answer is not known, so it comes in like what the user says. */
function lookedAt(message: Message): Pick<Checked, 'stage' | 'value' | 'tool'> | undefined {
  const value = textOf(message);
  if (message.role === 'tool') return { stage: 'toolResult', value, tool: message.name };
  return message.role === 'assistant' && value === '' ? undefined : { stage: 'input', value };
}
