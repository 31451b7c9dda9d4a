import type { ConditionServices } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';

/**
 * What a condition may use while it is decided, or a guardrail while it looks: models, each question and answer in the
 * journal as of `ofTurn`. Default the next one.
 */
export function servicesFor(
  scope: RunScope,
  path: string,
  signal: AbortSignal,
  ofTurn?: number,
): ConditionServices {
  const { effects, progress } = scope;
  return {
    signal,
    async askModel(name, request) {
      const slash = name.indexOf('/');
      const wanted = { provider: name.slice(0, slash), model: name.slice(slash + 1) };
      const chosen = effects.chooseModel([wanted], 0);
      if (!chosen) throw errors.AF_RUN_MODEL_FAILED({ model: name, reason: 'it is not available' });
      const turn = ofTurn ?? progress.run.turns + 1;
      scope.emit('model.requested', {
        turn,
        path,
        provider: chosen.provider,
        model: chosen.model,
        tools: [],
        messages: request.messages.length,
      });
      await scope.commitSoon();
      scope.check();
      // Its answer is for whoever asks here, and no part of what the run says.
      const call = { chosen, request: { ...request, model: chosen.model }, turn, path, quiet: true };
      const { response, durationMs, costNanoUsd } = await scope
        .guard(effects.askModel(call))
        .catch((error: unknown): never => {
          scope.check();
          const failure = failureOf(error, (reason) => errors.AF_RUN_MODEL_FAILED({ model: name, reason }));
          scope.emit('model.failed', { turn, path, error: failure, willRetry: false });
          throw error;
        });
      const { message, finishReason, usage } = response;
      scope.emit('model.responded', {
        turn,
        path,
        message,
        finishReason,
        usage,
        durationMs,
        ...(costNanoUsd !== undefined && { costNanoUsd }),
      });
      return response;
    },
    embed: (model, texts) => scope.guard(effects.embed(model, texts)),
  };
}
