import type { JsonObject } from '@agent-factory/sdk';
import type { Message, ToolCall } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import { callOf, type CallResult, type Wish } from './wish.ts';

/** A turn of the conversation that a client sent, whichever protocol it speaks. */
export type GivenTurn =
  /** Instructions of the application: an agent has its own, and takes these as said by the user. */
  | { readonly role: 'system'; readonly text: string }
  | Extract<Message, { readonly role: 'user' }>
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly GivenCall[] }
  | { readonly role: 'tool'; readonly id: string; readonly output: string };

/** A call as it was asked for. */
interface GivenCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** The conversation as the runtime takes it; or, where it ends with results that a run waits for, those. */
export function historyOf(turns: readonly GivenTurn[]): Pick<Wish, 'messages' | 'results'> {
  const end = turns.findLastIndex(({ role }) => role !== 'tool');
  const results = turns
    .slice(end + 1)
    .flatMap((turn): CallResult[] => (turn.role === 'tool' ? [{ id: turn.id, output: turn.output }] : []));
  if (results.length > 0) {
    const stranger = results.find(({ id }) => callOf(id) === undefined);
    if (stranger) throw errors.AF_OPENAI_CALL_UNKNOWN({ call: stranger.id.slice(0, 100) });
    return { messages: [], results };
  }
  const names = new Map<string, string>();
  return { messages: turns.map((turn) => messageOf(turn, names)), results };
}

function messageOf(turn: GivenTurn, names: Map<string, string>): Message {
  if (turn.role === 'system') return { role: 'user', content: turn.text };
  if (turn.role === 'user') return turn;
  if (turn.role === 'assistant') {
    for (const { id, name } of turn.calls) names.set(id, name);
    const toolCalls = turn.calls.map(toolCallOf);
    return { role: 'assistant', content: turn.text, ...(toolCalls.length > 0 && { toolCalls }) };
  }
  const name = names.get(turn.id);
  if (name === undefined)
    throw errors.AF_OPENAI_MESSAGES({ reason: `no call before has the id "${turn.id.slice(0, 100)}"` });
  return { role: 'tool', toolCallId: turn.id, name, content: turn.output };
}

function toolCallOf({ id, name, arguments: text }: GivenCall): ToolCall {
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input))
      return { id, name, input: input as JsonObject }; // what JSON.parse gives
  } catch {
    // A model may have written it so.
  }
  return { id, name, input: {}, malformed: text };
}
