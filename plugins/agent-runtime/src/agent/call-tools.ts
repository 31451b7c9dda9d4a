import { errors } from '../errors.ts';
import { waitFor } from '../run/wait-for.ts';
import type { CallWish, ChildTarget } from '../tool/call-wish.ts';
import { makeCalls } from '../tool/make-calls.ts';
import type { AgentScope } from './agent-loop.ts';
import type { LoadedAgent } from './load-agent.ts';
import { checkQuestion, questionOf } from './sub-agents.ts';

/** Makes the tool calls of an answer that have not ended, at the same time; the run may have to wait for some. */
export async function callTools(scope: AgentScope): Promise<void> {
  const { state, loaded, progress } = scope;
  const open = state.calls.filter(({ message }) => !message);
  const fresh = open.filter(({ attempt }) => attempt === 0).length;
  const wanted = progress.run.toolCalls + fresh;
  const max = progress.limits.toolCalls ?? loaded.limits.toolCalls;
  if (wanted > max) throw errors.AF_RUN_LIMIT_TOOL_CALLS({ wanted, max });

  const known = loaded.offers.map(({ name }) => name);
  const { turns } = progress.run;
  const wishes = open.map(({ call, idempotencyKey, attempt, index }): CallWish => ({
    callId: call.id,
    tool: call.name,
    entry: loaded.tools.get(call.name),
    known,
    input: call.input,
    ...(call.malformed !== undefined && { malformed: call.malformed }),
    idempotencyKey,
    attempt,
    turn: turns,
    agent: loaded.subject.name,
    ...childOf(loaded, call.name, `turn[${turns}].call[${index}]`),
  }));
  const ends = await makeCalls(scope, wishes);
  const waits = ends.flatMap((end) => (end && 'waits' in end ? [end.waits] : []));
  if (waits.length > 0) waitFor(scope, waits);
}

/** The agent that a call asks, if it asks one. */
function childOf({ subAgents }: LoadedAgent, tool: string, path: string): { readonly child?: ChildTarget } {
  const name = subAgents.get(tool);
  if (name === undefined) return {};
  return { child: { kind: 'agent', name, path, check: checkQuestion, inputOf: questionOf } };
}
