import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { BeforeModel } from '@agent-factory/sdk/contracts';
import type { AssistantMessage } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { noModel } from '../model/model-choice.ts';
import { failureOf, reasonOf } from '../run/failure.ts';
import { onlyReads } from '../tool/call-wish.ts';
import type { LoadedAgent } from './load-agent.ts';
import { instructionsOf, mayTrim, shownMessages } from './model-messages.ts';
import { checkBudget } from './check-budget.ts';
import type { AgentScope } from './agent-loop.ts';

/** One turn: asks the first model that can answer, and the next ones when it fails. */
export async function askModel(scope: AgentScope, agent: LoadedAgent): Promise<void> {
  const { state, effects, progress } = scope;
  const { choices, subject, definition } = agent;
  const { run } = progress;
  // The first turn is also that of what guardrails asked about the input.
  const turn = state.asking || !progress.hasAgentAsked ? Math.max(run.turns, 1) : run.turns + 1;
  checkBudget(progress, turn);
  const hasChanged = mayHaveChanged(scope, agent);
  let chosen = effects.chooseModel(choices, 0);
  if (!chosen) throw noModel(subject.name, choices);
  for (;;) {
    const { provider, index } = chosen;
    const { output } = definition;
    const isHeld = output !== undefined && (await effects.structuredOutput(chosen)) === 'native';
    const question: BeforeModel = {
      runId: run.id,
      agent: subject.name,
      model: chosen.model,
      messages: [instructionsOf(agent, state.summary, isHeld), ...shownMessages(state)],
      ...(agent.offers.length > 0 && { tools: agent.offers }),
      ...(output && { responseSchema: output }),
      ...definition.settings,
    };
    const request = await scope.guard(effects.prepareModel(question));
    scope.check();
    scope.emit('model.requested', {
      turn,
      provider,
      model: request.model,
      messages: request.messages.length,
      tools: (request.tools ?? []).map(({ name }) => name),
      ...(request !== question && { request: asJson(request) }),
    });
    await (hasChanged ? scope.commit() : scope.commitSoon());
    scope.check();
    try {
      const { response, durationMs, costNanoUsd } = await effects.askModel({
        chosen,
        request,
        turn,
        // What a guardrail has not seen is shown to nobody.
        quiet: agent.guardrails.some(({ stages }) => stages.has('output')),
      });
      scope.check();
      const { message, finishReason, usage } = response;
      scope.emit('model.responded', {
        turn,
        message: withUniqueIds(scope, message),
        finishReason,
        usage,
        ...(costNanoUsd !== undefined && { costNanoUsd }),
        durationMs,
      });
      return;
    } catch (error) {
      scope.check();
      const described = isAgentFactoryError(error)
        ? error
        : errors.AF_RUN_MODEL_FAILED(
            { model: `${provider}/${chosen.model}`, reason: reasonOf(error) },
            { cause: error },
          );
      // A question that is too long is asked again with half of the conversation, where it may forget.
      const canTrim = isAgentFactoryError(error, 'AF_MODEL_CONTEXT_OVERFLOW') && mayTrim(agent, state);
      chosen = effects.chooseModel(choices, canTrim ? index : index + 1);
      const failure = failureOf(described, () => described);
      scope.emit('model.failed', { turn, error: failure, willRetry: chosen !== undefined });
      if (!chosen) throw described;
    }
  }
}

/** Whether the last calls may have changed something: then their results must not be lost, whatever comes next. */
function mayHaveChanged({ state }: AgentScope, { tools }: LoadedAgent): boolean {
  const last = state.messages.findLast((message) => message.role === 'assistant');
  return last?.toolCalls?.some(({ name }) => !onlyReads(tools.get(name)?.tool.effect)) ?? false;
}

/** A question as plain data. */
function asJson({ runId: _run, agent: _agent, ...request }: BeforeModel): JsonObject {
  return JSON.parse(JSON.stringify(request)) as JsonObject; // an object, without what is undefined
}

/** Some servers number the calls of each answer from zero; within a run each call needs an id of its own. */
function withUniqueIds({ state, progress }: AgentScope, message: AssistantMessage): AssistantMessage {
  const { toolCalls } = message;
  if (!toolCalls?.length) return message;
  const taken = new Set<string>(['']);
  for (const one of state.messages) {
    if (one.role === 'assistant') for (const { id } of one.toolCalls ?? []) taken.add(id);
  }
  let changed = false;
  const unique = toolCalls.map((call, index) => {
    const clash = taken.has(call.id);
    const id = clash ? `${call.id}_${progress.run.turns}_${index}` : call.id;
    taken.add(id);
    changed ||= clash;
    return clash ? { ...call, id } : call;
  });
  return changed ? { ...message, toolCalls: unique } : message;
}
