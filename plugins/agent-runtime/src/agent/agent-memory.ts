import { isAgentFactoryError, type Json } from '@agent-factory/sdk';
import { textOf, type AgentMemory, type Message } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf, reasonOf } from '../run/failure.ts';
import type { AgentScope } from './agent-loop.ts';
import type { LoadedAgent } from './load-agent.ts';

const defaultLast = 50;

/** Reads what is kept of the run's conversation, if it names one. */
export async function readMemory(scope: AgentScope, { last, maxChars }: AgentMemory): Promise<void> {
  const { session } = scope.progress.run;
  if (session === undefined) return;
  const window = { last: last ?? defaultLast, ...(maxChars !== undefined && { maxChars }) };
  const conversation = await scope.guard(scope.effects.readConversation(session, window));
  scope.check();
  const value = JSON.parse(JSON.stringify(conversation)) as Json; // plain data, without what is undefined
  scope.emit('memory.read', { kind: 'conversation', key: session, value });
}

/** Adds the question and the answer to the run's conversation, and sums up what has become too long. */
export async function writeMemory(scope: AgentScope, agent: LoadedAgent, answer: string): Promise<void> {
  const { memory } = agent.definition;
  const { progress, state, effects } = scope;
  const { session } = progress.run;
  // What is only tried is no part of the conversation.
  if (!memory || session === undefined || state.isKept || progress.run.forkOf) return;
  const question = state.question ? [state.question] : [];
  const messages: readonly Message[] = [...question, { role: 'assistant', content: answer }];
  const { ttlMs } = memory;
  const added = await scope.guard(
    effects.addToConversation(session, messages, ttlMs === undefined ? {} : { ttlMs }),
  );
  scope.check();
  if ('along' in added) scope.writeAlong(added.along);
  scope.emit('memory.written', {
    kind: 'conversation',
    key: session,
    value: { ...('seq' in added && { seq: added.seq }), messages: messages.length },
  });
  if (!memory.summary) return;
  await scope.commit();
  await sumUp(scope, agent, session, memory.summary);
}

const instruction =
  'Sum up this conversation for the one who goes on with it: what was asked, found, decided and is still open, with ' +
  'names and numbers. At most 300 words, and nothing else.';

/** What is missing here is made up for after a later run; it never fails this one. */
async function sumUp(
  scope: AgentScope,
  { choices }: LoadedAgent,
  session: string,
  rule: NonNullable<AgentMemory['summary']>,
): Promise<void> {
  const { effects, progress } = scope;
  const old = await scope.guard(effects.oldConversation(session, rule));
  scope.check();
  const chosen = old && effects.chooseModel(choices, 0);
  if (!chosen) return;
  const { summary, messages, upTo } = old;
  const before = summary === undefined ? '' : `Before: ${summary}\n\n`;
  const told = messages.map((message) => `${message.role}: ${textOf(message)}`).join('\n');
  const turn = progress.run.turns + 1;
  const path = 'memory.summary';
  const request = {
    model: chosen.model,
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: `${before}${told}` },
    ] as const,
  };
  const { provider, model } = chosen;
  scope.emit('model.requested', { turn, path, provider, model, messages: 2, tools: [] });
  await scope.commitSoon();
  scope.check();
  try {
    const call = { chosen, request, turn, path, quiet: true };
    const { response, durationMs, costNanoUsd } = await effects.askModel(call);
    scope.check();
    const { message, finishReason, usage } = response;
    const cost = costNanoUsd === undefined ? {} : { costNanoUsd };
    scope.emit('model.responded', { turn, path, message, finishReason, usage, ...cost, durationMs });
    await effects.summarise(session, { text: message.content, upTo });
    scope.emit('memory.written', { kind: 'conversation', key: session, value: { summaryUpTo: upTo } });
  } catch (error) {
    scope.check();
    const failed = isAgentFactoryError(error, 'AF_RUN_SUMMARY_FAILED')
      ? error
      : errors.AF_RUN_SUMMARY_FAILED({ reason: reasonOf(error) }, { cause: error });
    scope.emit('model.failed', { turn, path, error: failureOf(failed, () => failed), willRetry: false });
  }
}
