import { isAgentFactoryError } from '@agent-factory/sdk';
import type { HookCaller, Logger } from '@agent-factory/sdk';
import type { beforeModel, beforeTool, LanguageModel, ModelPrices } from '@agent-factory/sdk/contracts';
import type { ModelResponse } from '@agent-factory/sdk/contracts';
import { callModel } from '../model/model-call.ts';
import { nextModel, type ChosenModel } from '../model/model-choice.ts';
import { isRepeatable } from '../tool/call-wish.ts';
import { runTool } from '../tool/run-tool.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { ChildRuns } from './child-runs.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { LiveRun } from './live-run.ts';
import { pauseRun } from './pause-run.ts';
import type { RunEffects } from './run-effects.ts';
import { secureLease } from './secure-lease.ts';
import { millisecondsSince } from './stopwatch.ts';

/** What a live run's effects reach. */
export interface LiveEffectsParts {
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly prices: ModelPrices | undefined;
  readonly toolBox: ToolBox;
  readonly beforeModel: HookCaller<typeof beforeModel>;
  readonly beforeTool: HookCaller<typeof beforeTool>;
  readonly keeper: LeaseKeeper;
  readonly children: ChildRuns;
  readonly log: Logger;
}

/** The effects of a run that is really executed. */
export function createLiveEffects(live: LiveRun, parts: LiveEffectsParts): RunEffects {
  const { models, prices, toolBox, keeper, children, log } = parts;

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

  return {
    now: () => Date.now(),
    pause: (ms) => pauseRun(live, ms),
    chooseModel: (choices, from) => nextModel(choices, models, from),
    prepareModel: parts.beforeModel,
    async askModel({ chosen, request, turn, path }) {
      const source = models.get(chosen.provider);
      if (!source) throw new Error(`the provider "${chosen.provider}" is not there any more`);
      const began = performance.now();
      const idempotencyKey = `${live.progress.run.id}:${path ?? ''}:${turn}`;
      const response = await callModel(live, source, request, { turn, idempotencyKey });
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
      const outcome = await runTool(live, call, log);
      return { outcome, durationMs: millisecondsSince(began) };
    },
    newChild: (kind, name) => children.prepare(live.tenant, kind, name),
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
