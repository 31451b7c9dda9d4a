import type { RunEventData } from '@agent-factory/sdk/domain';
import type { ModelResponse } from '@agent-factory/sdk/contracts';
import type { RunEffects } from '../run/run-effects.ts';
import { recordedError } from './recorded-error.ts';
import type { Found } from './recording.ts';
import type { ReplayRun } from './replay-run.ts';

type ModelEffects = Pick<
  RunEffects,
  'chooseModel' | 'prepareModel' | 'structuredOutput' | 'askModel' | 'embed'
>;

/** What models said, from the record; a streamed answer in the pieces it came in. */
export function replayModels(run: ReplayRun): ModelEffects {
  const { recording } = run;
  return {
    chooseModel(choices, from) {
      const first = recording.find(['model.requested', 'model.failed', 'run.failed'])?.event;
      if (first?.type === 'run.failed' && first.data.error.code === 'AF_AGENT_NO_MODEL') return undefined;
      if (first?.type === 'model.failed' && !first.data.willRetry) return undefined;
      const fits = ({ provider }: RunEventData['model.requested']): boolean =>
        choices.some((choice, index) => index >= from && choice.provider === provider);
      const asked = recording.find(['model.requested'], {}, fits)?.event.data;
      const isAsked = (index: number, exactly: boolean): boolean => {
        const choice = choices[index];
        if (index < from || !choice || choice.provider !== asked?.provider) return false;
        return !exactly || choice.model === asked.model;
      };
      const exact = choices.findIndex((_, index) => isAsked(index, true));
      // A plugin may have changed the name of the model.
      const near = exact < 0 ? choices.findIndex((_, index) => isAsked(index, false)) : exact;
      const index = near < 0 ? from : near;
      const choice = choices[index];
      return choice && { index, ...choice };
    },
    async prepareModel(question) {
      const next = recording.next?.event;
      if (next?.type === 'run.failed') throw recordedError(next.data.error);
      const asked = recording.find(['model.requested'], {}, ({ path }) => path === undefined)?.event.data;
      if (!asked?.request) return question;
      const { runId, agent } = question;
      return { ...(asked.request as unknown as typeof question), runId, agent }; // written from one
    },
    structuredOutput: async () => 'none',
    async askModel({ turn, path }) {
      const isThis = (data: { readonly turn: number; readonly path?: string }): boolean =>
        data.turn === turn && data.path === path;
      for (;;) {
        const event = await run.turn((): Found | undefined => {
          const end = recording.find(['model.responded', 'model.failed'], { path, turn }, isThis);
          const piece = recording.find(['message.delta', 'tool.delta'], { turn });
          return piece && (!end || piece.index < end.index) ? piece : end;
        });
        if (event.type === 'message.delta' || event.type === 'tool.delta') {
          run.emit(event.type, event.data);
          continue;
        }
        if (event.type === 'model.failed') throw recordedError(event.data.error);
        if (event.type !== 'model.responded') continue;
        const { message, finishReason, usage, durationMs, costNanoUsd } = event.data;
        const response = { message, finishReason: finishReason as ModelResponse['finishReason'], usage }; // as a model gave it
        return { response, durationMs, costNanoUsd };
      }
    },
    // Vectors are in no journal; whoever decided by them has written what came out, and that is taken.
    embed: () => new Promise(() => {}),
  };
}
