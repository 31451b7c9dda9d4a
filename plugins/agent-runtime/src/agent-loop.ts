import { isAgentFactoryError, type HookCaller, type Logger } from '@agent-factory/sdk';
import type { beforeModel, beforeTool, LanguageModel, ModelResponse } from '@agent-factory/sdk/contracts';
import type { AssistantMessage, ToolEffect } from '@agent-factory/sdk/domain';
import { citationsUsed } from './citations.ts';
import { errors } from './errors.ts';
import { failureOf, reasonOf } from './failure.ts';
import type { LiveRun } from './live-run.ts';
import { callModel } from './model-call.ts';
import { nextModel, noModel } from './model-choice.ts';
import type { CallState } from './run-state.ts';
import { prepareCall, recordOutcome, runTool } from './tool-call.ts';

/** What the loop works with. */
export interface LoopContext {
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly beforeModel: HookCaller<typeof beforeModel>;
  readonly beforeTool: HookCaller<typeof beforeTool>;
  readonly log: Logger;
}

/**
 * Works on a run until it ends, waits, or is stopped. Each step follows from the run's state: it writes what it
 * is about to do, does it, and writes what came of it; events with no effect between them are written together.
 */
export async function runLoop(live: LiveRun, context: LoopContext): Promise<void> {
  try {
    await advanceToEnd(live, context);
  } catch (error) {
    conclude(live, error);
  }
  await live.commit().catch(() => {}); // what could not be written shows in live.stop
  live.finish();
}

async function advanceToEnd(live: LiveRun, context: LoopContext): Promise<void> {
  const { state } = live;
  for (;;) {
    live.check();
    if (state.open > 0) {
      await callTools(live, context);
      if (state.run.status === 'waiting') return;
    } else if (state.answer) {
      return succeed(live, state.answer);
    } else {
      await askModel(live, context);
    }
  }
}

function conclude(live: LiveRun, error: unknown): void {
  const { stop, state } = live;
  const { usage } = state.run;
  if (stop?.kind === 'lost' || stop?.kind === 'released') return;
  if (state.cancelling !== undefined) {
    live.emit('run.cancelled', { reason: state.cancelling, usage });
    return;
  }
  const max = state.limits.timeMs ?? live.agent.limits.timeMs;
  const cause = stop?.kind === 'timed-out' ? errors.AF_RUN_LIMIT_TIME({ max }) : error;
  const failure = failureOf(cause, (reason) => errors.AF_RUN_FAILED({ reason }, { cause: error }));
  live.emit('run.failed', { error: failure, usage });
}

function succeed(live: LiveRun, { text, finishReason }: { readonly text: string; readonly finishReason: string }): void {
  const { run, citations } = live.state;
  if (finishReason === 'content_filter') throw errors.AF_RUN_ANSWER_FILTERED({});
  if (finishReason === 'length' && text === '') throw errors.AF_RUN_ANSWER_CUT({});
  live.emit('run.succeeded', { output: text, citations: citationsUsed(text, citations), usage: run.usage });
}

async function askModel(live: LiveRun, context: LoopContext): Promise<void> {
  const { state, agent } = live;
  const { limits, run } = state;
  const turn = state.asking ? run.turns : run.turns + 1;
  if (limits.turns !== undefined && turn > limits.turns) throw errors.AF_RUN_LIMIT_TURNS({ max: limits.turns });
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
      live.emit('model.responded', { turn, message: withUniqueIds(live, message), finishReason, usage, durationMs });
      return;
    } catch (error) {
      live.check();
      const described = isAgentFactoryError(error)
        ? error
        : errors.AF_RUN_MODEL_FAILED({ model: `${source.provider}/${model}`, reason: reasonOf(error) }, { cause: error });
      chosen = nextModel(agent, context.models, index + 1);
      const failure = failureOf(described, () => described);
      live.emit('model.failed', { turn, error: failure, willRetry: chosen !== undefined });
      if (!chosen) throw described;
    }
  }
}

async function callTools(live: LiveRun, context: LoopContext): Promise<void> {
  const { state, agent } = live;
  const open = state.calls.filter(({ message }) => !message);
  const isUnknown = ({ call, attempt }: CallState): boolean =>
    attempt > 0 && !isRepeatable(agent.tools.get(call.name)?.tool.effect);
  const unknown = open.filter(isUnknown);
  const fresh = open.filter(({ attempt }) => attempt === 0).length;
  const wanted = state.run.toolCalls + fresh;
  const max = state.limits.toolCalls ?? agent.limits.toolCalls;
  if (wanted > max) throw errors.AF_RUN_LIMIT_TOOL_CALLS({ wanted, max });

  const ready = open.filter((call) => !isUnknown(call));
  const prepared = await Promise.all(ready.map((call) => prepareCall(live, call, context.beforeTool)));
  live.check();
  const started = prepared.flatMap((one) => {
    const { call } = one;
    if ('refused' in one) {
      recordOutcome(live, call, { error: one.refused }, 0);
      return [];
    }
    live.emit('tool.started', {
      turn: state.run.turns,
      callId: call.call.id,
      tool: call.call.name,
      input: one.input,
      idempotencyKey: call.idempotencyKey,
      attempt: call.attempt + 1,
    });
    return [one];
  });
  if (started.length > 0) {
    await live.commit();
    live.check();
    const runs = started.map(async (one) => {
      const began = performance.now();
      const outcome = await runTool(live, one, context.log);
      if (live.stop) return;
      recordOutcome(live, one.call, outcome, millisecondsSince(began));
      // The last result is written together with what follows from it.
      if (state.open > unknown.length) await live.commit();
    });
    await Promise.all(runs);
    live.check();
  }
  const [first] = unknown;
  if (!first) return;
  const names = unknown.map(({ call }) => `"${call.name}"`).join(', ');
  const detail =
    `The platform stopped while ${names} was at work. Whether the change was made is not known, ` +
    'so the call is not repeated. A person has to look; until then the run can be cancelled.';
  live.emit('run.waiting', { reason: 'decision', detail, callId: first.call.id });
}

function isRepeatable(effect: ToolEffect | undefined): boolean {
  return effect === 'pure' || effect === 'read' || effect === 'idempotent-write';
}

/** Some servers number the calls of each answer from zero; within a run each call needs an id of its own. */
function withUniqueIds(live: LiveRun, message: AssistantMessage): ModelResponse['message'] {
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

function millisecondsSince(began: number): number {
  return Math.round((performance.now() - began) * 1000) / 1000;
}
