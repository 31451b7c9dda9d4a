import { isAgentFactoryError } from '@agent-factory/sdk';
import type { AssistantMessage } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import { failureOf, reasonOf } from './failure.ts';
import type { LiveRun } from './live-run.ts';
import type { LoopContext } from './loop-context.ts';
import { callModel } from './model-call.ts';
import { nextModel, noModel } from './model-choice.ts';
import { millisecondsSince } from './stopwatch.ts';

/** One turn: asks the first model that can answer, and the next ones when it fails. */
export async function askModel(live: LiveRun, context: LoopContext): Promise<void> {
  const { state, agent } = live;
  const { limits, run } = state;
  const turn = state.asking ? run.turns : run.turns + 1;
  if (limits.turns !== undefined && turn > limits.turns)
    throw errors.AF_RUN_LIMIT_TURNS({ max: limits.turns });
  const used = run.usage.inputTokens + run.usage.outputTokens;
  if (limits.tokens !== undefined && used >= limits.tokens) {
    throw errors.AF_RUN_LIMIT_TOKENS({ used, max: limits.tokens });
  }
  let chosen = nextModel(agent, context.models, 0);
  if (!chosen) throw noModel(agent, context.models);
  for (;;) {
    const { source, model, index } = chosen;
    const request = await live.guard(
      context.beforeModel({
        runId: run.id,
        agent: agent.definition.name,
        model,
        messages: [agent.instructions, ...state.messages],
        ...(agent.offers.length > 0 && { tools: agent.offers }),
        ...agent.definition.settings,
      }),
    );
    live.check();
    live.emit('model.requested', {
      turn,
      provider: source.provider,
      model: request.model,
      messages: request.messages.length,
      tools: (request.tools ?? []).map(({ name }) => name),
    });
    await live.commit();
    live.check();
    const began = performance.now();
    try {
      const { message, finishReason, usage } = await callModel(live, source, request, turn);
      live.check();
      const durationMs = millisecondsSince(began);
      live.emit('model.responded', {
        turn,
        message: withUniqueIds(live, message),
        finishReason,
        usage,
        durationMs,
      });
      return;
    } catch (error) {
      live.check();
      const described = isAgentFactoryError(error)
        ? error
        : errors.AF_RUN_MODEL_FAILED(
            { model: `${source.provider}/${model}`, reason: reasonOf(error) },
            { cause: error },
          );
      chosen = nextModel(agent, context.models, index + 1);
      const failure = failureOf(described, () => described);
      live.emit('model.failed', { turn, error: failure, willRetry: chosen !== undefined });
      if (!chosen) throw described;
    }
  }
}

/** Some servers number the calls of each answer from zero; within a run each call needs an id of its own. */
function withUniqueIds(live: LiveRun, message: AssistantMessage): AssistantMessage {
  const { toolCalls } = message;
  if (!toolCalls?.length) return message;
  const taken = new Set<string>(['']);
  for (const one of live.state.messages) {
    if (one.role === 'assistant') for (const { id } of one.toolCalls ?? []) taken.add(id);
  }
  let changed = false;
  const unique = toolCalls.map((call, index) => {
    const clash = taken.has(call.id);
    const id = clash ? `${call.id}_${live.state.run.turns}_${index}` : call.id;
    taken.add(id);
    changed ||= clash;
    return clash ? { ...call, id } : call;
  });
  return changed ? { ...message, toolCalls: unique } : message;
}
