import {
  isAgentFactoryError,
  type AgentFactoryError,
  type HookCaller,
  type Logger,
  type PluginContext,
} from '@agent-factory/sdk';
import {
  guardrailErrors,
  keepLargeResult,
  type ArtifactStore,
  type beforeModel,
  type beforeTool,
  type ConversationMemory,
  type Embedder,
  type LanguageModel,
  type ModelPrices,
  type ModelResponse,
  type Quotas,
  type SemanticMemory,
} from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';
import type { Definitions } from '../definition/definitions.ts';
import { errors } from '../errors.ts';
import { callModel } from '../model/model-call.ts';
import { nextModel, type ChosenModel } from '../model/model-choice.ts';
import { isRepeatable } from '../tool/call-wish.ts';
import { runTool, type CallOutcome } from '../tool/run-tool.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { ChildRuns } from './child-runs.ts';
import { failureOf, reasonOf } from './failure.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LiveRun } from './live-run.ts';
import { memoryEffects } from './memory-effects.ts';
import { pauseRun } from './pause-run.ts';
import type { RunEffects, ToolEffectCall } from './run-effects.ts';
import { newRunId } from './run-id.ts';
import type { RunSettings } from './run-settings.ts';
import { secureLease } from './secure-lease.ts';
import { millisecondsSince } from './stopwatch.ts';
import { checkQuotas } from './within-quotas.ts';

/** Milliseconds for which a run waits where it is, in place of being put down and taken up again. */
const shortMs = 200;

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/** What a live run's effects reach. */
export interface LiveEffectsParts {
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly embedders: ReadonlyMap<string, Embedder>;
  readonly prices: ModelPrices | undefined;
  readonly quotas: Quotas | undefined;
  readonly settings: RunSettings | undefined;
  readonly toolBox: ToolBox;
  readonly beforeModel: HookCaller<typeof beforeModel>;
  readonly beforeTool: HookCaller<typeof beforeTool>;
  readonly keeper: LeaseKeeper;
  readonly children: ChildRuns;
  readonly definitions: () => Definitions;
  readonly memory: ConversationMemory | undefined;
  readonly semanticMemory: SemanticMemory | undefined;
  readonly artifacts: ArtifactStore | undefined;
  readonly log: Logger;
  readonly validator: PluginContext['validator'];
}

/** The effects of a run that is really executed. */
export function createLiveEffects(live: LiveRun, parts: LiveEffectsParts): RunEffects {
  const {
    models,
    embedders,
    prices,
    quotas,
    settings,
    toolBox,
    keeper,
    children,
    definitions,
    artifacts,
    log,
  } = parts;

  const priceOf = async (
    { provider, model }: ChosenModel,
    { usage, model: exact }: ModelResponse,
  ): Promise<number | undefined> => {
    if (!prices) return undefined;
    const at = Date.now();
    const found =
      (await prices.priceOf({ provider, model, usage, at })) ??
      (exact === undefined ? undefined : await prices.priceOf({ provider, model: exact, usage, at }));
    return found?.nanoUsd;
  };

  const isPriced = async ({ provider, model }: ChosenModel): Promise<boolean> =>
    (await prices?.priceOf({ provider, model, usage: noUsage, at: Date.now() })) !== undefined;

  /** What is too large for the journal goes where there is room for it. */
  const keepLarge = async (
    { entry: { tool } }: ToolEffectCall,
    outcome: CallOutcome,
  ): Promise<CallOutcome> => {
    if (!artifacts || !outcome || !('output' in outcome)) return outcome;
    const { maxResultBytes: maxBytes, name } = tool;
    const { output, written } = outcome;
    try {
      const kept = await keepLargeResult(output, {
        artifacts: artifacts.tenant(live.tenant),
        written,
        runId: live.progress.run.id,
        tool: name,
        ...(maxBytes !== undefined && { maxBytes }),
      });
      return kept === output ? outcome : { output: kept, written: JSON.stringify(kept) };
    } catch (error) {
      const failed = (reason: string): AgentFactoryError =>
        errors.AF_TOOL_FAILED(
          { tool: name, reason: `its result could not be kept: ${reason}` },
          { cause: error },
        );
      return { error: failureOf(error, failed) };
    }
  };

  return {
    now: () => Date.now(),
    rests: (ms) => ms === undefined || ms > shortMs,
    pause: (ms, signal) => pauseRun(live, ms, signal),
    chooseModel: (choices, from) => nextModel(choices, models, from),
    prepareModel: parts.beforeModel,
    async askModel({ chosen, request, turn, path, quiet = false }) {
      const source = models.get(chosen.provider);
      if (!source) throw new Error(`the provider "${chosen.provider}" is not there any more`);
      if (settings) await live.guard(settings.checkProvider(live.tenant, chosen.provider));
      if (quotas)
        await checkQuotas(live, quotas, `${chosen.provider}/${chosen.model}`, () => isPriced(chosen));
      const began = performance.now();
      const idempotencyKey = `${live.progress.run.id}:${path ?? ''}:${turn}`;
      const response = await callModel(live, source, request, { turn, idempotencyKey, quiet });
      const durationMs = millisecondsSince(began);
      return { response, durationMs, costNanoUsd: await priceOf(chosen, response) };
    },
    tool: (name) => toolBox.find(live.tenant, name),
    async prepareTool(wish) {
      const { input } = await parts.beforeTool(wish);
      return input;
    },
    async callTool(call) {
      // What cannot be repeated is begun only by a process that surely owns the run, however long it stood still.
      const isSure = isRepeatable(call.entry.tool.effect) || live.held.isCertain;
      if (!isSure) await secureLease(live, keeper, log);
      if (live.stop) return { outcome: undefined, durationMs: 0 };
      const began = performance.now();
      const outcome = await keepLarge(call, await runTool(live, call, parts));
      return { outcome, durationMs: millisecondsSince(began) };
    },
    async checkGuardrail({ name, prepared }, subject, _callId, { services }) {
      try {
        return await live.guard(Promise.resolve(prepared.check(subject, services)));
      } catch (error) {
        live.check();
        const reason = reasonOf(error);
        throw guardrailErrors.AF_GUARDRAIL_FAILED({ name, stage: subject.stage, reason }, { cause: error });
      }
    },
    choose: async ({ choice }, variables, _path, services) => choice.decide(variables, services),
    resolve: (kind, name) => children.resolve(live.tenant, kind, name),
    load: (subject) => definitions().pinned(live.tenant, subject),
    async structuredOutput({ provider, model }) {
      const known = await models.get(provider)?.capabilities?.(model);
      return known?.structuredOutput ?? 'none';
    },
    async embed(model, texts) {
      const slash = model.indexOf('/');
      const provider = model.slice(0, slash);
      if (settings) await live.guard(settings.checkProvider(live.tenant, provider));
      const embedder = embedders.get(provider);
      if (!embedder) throw errors.AF_RUN_MODEL_FAILED({ model, reason: 'no plugin offers its embeddings' });
      const request = { model: model.slice(slash + 1), texts };
      return (await embedder.embed(request, { signal: live.signal })).vectors;
    },
    cancelChild: (runId) => children.cancel(live, runId),
    ...memoryEffects(live, parts.memory, parts.semanticMemory),
    newChild: async (kind, name) => ({
      runId: newRunId(),
      subject: await children.resolve(live.tenant, kind, name),
    }),
    async runChild(call) {
      try {
        return await live.guard(children.run(live, call));
      } catch (error) {
        live.check();
        if (isAgentFactoryError(error)) throw error;
        log.error('a child run could not be started', {
          run: live.progress.run.id,
          child: call.runId,
          error,
        });
        throw error;
      }
    },
  };
}
