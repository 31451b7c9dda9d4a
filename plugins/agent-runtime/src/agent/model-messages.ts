import type { Message } from '@agent-factory/sdk/domain';
import type { AgentState } from './agent-state.ts';
import type { LoadedAgent } from './load-agent.ts';

const mostTrims = 4;

/** The system message: the agent's instructions, what was said before, and the form of the answer. */
export function instructionsOf(
  { definition }: LoadedAgent,
  summary: string | undefined,
  isHeld: boolean,
): Message {
  const { instructions, output } = definition;
  const parts = [instructions];
  if (summary !== undefined) parts.push(`What was said before, summed up:\n${summary}`);
  if (output && !isHeld) {
    parts.push(
      'Give the final answer as one JSON object and nothing else, without a fence. It must fit this JSON Schema:\n' +
        JSON.stringify(output),
    );
  }
  return { role: 'system', content: parts.join('\n\n') };
}

/** The part of the conversation that the model is shown: all, or the newest that are left after cutting it in halves. */
export function shownMessages({ messages, trims }: AgentState): readonly Message[] {
  return trims === 0 ? messages : messages.slice(beginning(messages, trims));
}

/** Whether the conversation may be cut once more, and would be shorter then. */
export function mayTrim({ definition }: LoadedAgent, { messages, trims }: AgentState): boolean {
  if (!definition.memory || trims >= mostTrims) return false;
  return beginning(messages, trims + 1) > beginning(messages, trims);
}

/** Where the newest part begins: with a message of the user, so that no result stands without its call. */
function beginning(messages: readonly Message[], trims: number): number {
  const from = messages.length - Math.ceil(messages.length / 2 ** trims);
  const first = messages.findIndex(({ role }, index) => index >= from && role === 'user');
  return first < 0 ? messages.findLastIndex(({ role }) => role === 'user') : first;
}
