import type { JsonObject } from '@agent-factory/sdk';
import type { Message } from '@agent-factory/sdk/domain';
import { asText, decide } from '../condition/conditions.ts';
import { errors } from '../errors.ts';
import { waitFor } from '../run/wait-for.ts';
import { finish, refuse } from '../tool/call-end.ts';
import type { CallWish, ChildTarget } from '../tool/call-wish.ts';
import { makeCalls } from '../tool/make-calls.ts';
import type { AgentScope } from './agent-loop.ts';
import { handOver } from './hand-over.ts';
import { handoffValues } from './handoff-tools.ts';
import type { LoadedAgent } from './load-agent.ts';
import { checkQuestion, questionOf } from './sub-agents.ts';

/**
 * Makes the tool calls of an answer that have not ended, at the same time; the run may have to wait for some. Of its
 * wishes to hand over, the first is followed once all else has ended, and the others are refused.
 */
export async function callTools(scope: AgentScope, agent: LoadedAgent): Promise<void> {
  const { state, progress } = scope;
  const open = state.calls.filter(({ message }) => !message);
  const fresh = open.filter(({ attempt }) => attempt === 0).length;
  const wanted = progress.run.toolCalls + fresh;
  const max = progress.limits.toolCalls ?? agent.limits.toolCalls;
  if (wanted > max) throw errors.AF_RUN_LIMIT_TOOL_CALLS({ wanted, max });

  const known = agent.offers.map(({ name }) => name);
  const { turns } = progress.run;
  const { name } = agent.subject;
  const wishes = open.map(({ call, idempotencyKey, attempt, index }): CallWish => ({
    callId: call.id,
    tool: call.name,
    entry: agent.tools.get(call.name),
    known,
    input: call.input,
    ...(call.malformed !== undefined && { malformed: call.malformed }),
    idempotencyKey,
    attempt,
    turn: turns,
    agent: name,
    approval: agent.approvals.get(call.name),
    guardrails: agent.guardrails,
    ...childOf(agent, call.name, `turn[${turns}].call[${index}]`),
  }));
  const [first, ...others] = wishes.filter(({ tool }) => agent.transfers.has(tool));
  const ends = await makeCalls(
    scope,
    first ? wishes.filter(({ tool }) => !agent.transfers.has(tool)) : wishes,
  );
  const waits = ends.flatMap((end) => (end && 'waits' in end ? [end.waits] : []));
  if (waits.length > 0) return waitFor(scope, waits);
  if (!first) return;
  for (const wish of others)
    refuse(scope, wish, errors.AF_HANDOFF_SECOND({ tool: wish.tool, first: first.tool }));
  await transfer(scope, agent, first);
}

/** Follows a model's wish to hand over. */
async function transfer(scope: AgentScope, agent: LoadedAgent, wish: CallWish): Promise<void> {
  const handoff = agent.transfers.get(wish.tool);
  if (!handoff) return;
  const { target, input } = handoff;
  const { name: from } = agent.subject;
  const to = await scope.guard(scope.effects.resolve('agent', target));
  scope.check();
  let messages: readonly Message[] | undefined;
  if (input) {
    const told = await decide(input, handoffValues(scope, from, saidWith(wish.input)));
    scope.check();
    messages = [{ role: 'user', content: asText(told.value) }];
  }
  const output = `"${target}" goes on with the conversation.`;
  finish(scope, wish, { output, written: JSON.stringify(output) }, 0);
  const { reason } = wish.input;
  handOver(scope, {
    from,
    to,
    callId: wish.callId,
    ...(typeof reason === 'string' && reason !== '' && { reason }),
    ...(messages && { input: messages }),
  });
}

function saidWith({ reason }: JsonObject): string {
  return typeof reason === 'string' ? reason : '';
}

/** The agent that a call asks, if it asks one. */
function childOf({ subAgents }: LoadedAgent, tool: string, path: string): { readonly child?: ChildTarget } {
  const name = subAgents.get(tool);
  if (name === undefined) return {};
  return { child: { kind: 'agent', name, path, check: checkQuestion, inputOf: questionOf } };
}
