import type { Json } from '@agent-factory/sdk';
import type { Message } from '@agent-factory/sdk/domain';
import { asText, decide, expressionEvaluator } from '../condition/conditions.ts';
import { errors } from '../errors.ts';
import { checkGuardrails } from '../guard/check-guardrails.ts';
import { waitFor } from '../run/wait-for.ts';
import { citationsUsed } from '../tool/citations.ts';
import { listed } from '../tool/problem-list.ts';
import { writeMemory } from './agent-memory.ts';
import { rememberExchange } from './agent-semantic-memory.ts';
import type { AgentAnswer, AgentScope } from './agent-loop.ts';
import { handoffValues } from './handoff-tools.ts';
import { handOver } from './hand-over.ts';
import type { LoadedAgent } from './load-agent.ts';

const mostRepairs = 1;

/** The answer, once it is one; or has it repaired, handed over, or looked at first. */
export async function giveAnswer(
  scope: AgentScope,
  agent: LoadedAgent,
  { text, finishReason }: { readonly text: string; readonly finishReason: string },
): Promise<AgentAnswer | undefined> {
  const { state, progress } = scope;
  if (finishReason === 'content_filter') throw errors.AF_RUN_ANSWER_FILTERED({});
  if (finishReason === 'length' && text === '') throw errors.AF_RUN_ANSWER_CUT({});
  let output: Json = text;
  if (agent.checkOutput) {
    const { value, problems } = parsed(text, agent.checkOutput);
    if (problems !== undefined) {
      reject(scope, problems);
      return undefined;
    }
    output = value;
  }
  if (agent.conditional.length > 0 && !state.isDecided && (await handedOn(scope, agent, output)))
    return undefined;
  const stage = 'output' as const;
  const { turns: turn } = progress.run;
  const end = await checkGuardrails(scope, agent.guardrails, {
    stage,
    value: output,
    agent: agent.subject.name,
    turn,
  });
  if ('waits' in end) {
    waitFor(scope, [end.waits]);
    return undefined;
  }
  output = end.value;
  await writeMemory(scope, agent, asText(output));
  await rememberExchange(scope, agent, asText(output));
  return { output, citations: citationsUsed(asText(output), state.citations) };
}

/** The answer as JSON that fits its schema, or why it is none. */
function parsed(
  text: string,
  check: NonNullable<LoadedAgent['checkOutput']>,
): { readonly value: Json; readonly problems?: string } {
  // Models like to put JSON into a fence, asked or not.
  const [, fenced] = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text) ?? [];
  let value: Json;
  try {
    value = JSON.parse(fenced ?? text) as Json; // what JSON.parse gives
  } catch (error) {
    return {
      value: null,
      problems: `it is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    };
  }
  const problems = check(value);
  return problems.length > 0 ? { value, problems: listed(problems) } : { value };
}

function reject(scope: AgentScope, problems: string): void {
  const { state, progress } = scope;
  if (state.rejected >= mostRepairs) throw errors.AF_RUN_OUTPUT_INVALID({ problems });
  scope.emit('output.rejected', { turn: progress.run.turns, problems });
}

/** Whether a condition hands the conversation to another agent; the decision is emitted with what it saw. */
async function handedOn(scope: AgentScope, agent: LoadedAgent, output: Json): Promise<boolean> {
  const { name } = agent.subject;
  const values = handoffValues(scope, name, output);
  const base = { path: name, evaluator: expressionEvaluator };
  let saw = {};
  for (const { target, when, input } of agent.conditional) {
    if (!when) continue;
    const decision = await decide(when, values);
    scope.check();
    saw = { ...saw, ...decision.saw };
    if (decision.value !== true) continue;
    const { reason } = decision;
    const told = input && asText((await decide(input, values)).value);
    scope.check();
    const to = await scope.guard(scope.effects.resolve('agent', target));
    scope.check();
    const why = reason === undefined ? {} : { reason };
    scope.emit('route.decided', { ...base, target, value: true, saw, ...why });
    const messages: readonly Message[] | undefined =
      told === undefined ? undefined : [{ role: 'user', content: told }];
    handOver(scope, { from: name, to, ...why, ...(messages && { input: messages }) });
    return true;
  }
  scope.emit('route.decided', { ...base, target: null, value: false, saw });
  return false;
}
