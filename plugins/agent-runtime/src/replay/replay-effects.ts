import type { ChoiceDecision } from '@agent-factory/sdk/contracts';
import type { RunEvent, RunEventData, RunFailure } from '@agent-factory/sdk/domain';
import type { Definitions } from '../definition/definitions.ts';
import { approvalIdOf } from '../guard/check-guardrails.ts';
import type { GuardrailAsking, RunEffects } from '../run/run-effects.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import { recordedError } from './recorded-error.ts';
import type { Found } from './recording.ts';
import { replayCalls } from './replay-calls.ts';
import { replayModels } from './replay-models.ts';
import type { ReplayRun } from './replay-run.ts';

/** What a replay reads beside the record: definitions, and what is known of tools. No tool is called. */
export interface ReplayEffectsParts {
  readonly definitions: Definitions;
  readonly toolBox: ToolBox;
}

/** The effects of a run that is replayed: what the record says, when it says it. */
export function createReplayEffects(
  run: ReplayRun,
  { definitions, toolBox }: ReplayEffectsParts,
): RunEffects {
  const { recording, progress, tenant } = run;

  /** What was found, or the error with which the run failed there. */
  const orFailure = (found: Found | undefined): Found | undefined => found ?? recording.find(['run.failed']);
  const failureIn = ({ data }: Found['event']): RunFailure => (data as { readonly error: RunFailure }).error; // looked for by it

  return {
    ...replayModels(run),
    ...replayCalls(run, toolBox),
    now: () => run.now(),
    pause: (ms, signal) => run.pause(ms, signal),
    rests: () => recording.next?.event.type === 'run.waiting',
    load: (subject) => run.during(definitions.pinned(tenant, subject)),
    async checkGuardrail({ name }, { stage }, callId, asking) {
      await askAgain(run, asking);
      const isThis = (data: RunEventData['guardrail.tripped']): boolean =>
        data.guardrail === name &&
        data.stage === stage &&
        data.callId === callId &&
        data.message === asking.message;
      const about = callId === undefined ? { turn: asking.turn } : { callId };
      const find = (): Found<RunEvent & { readonly type: 'guardrail.tripped' }> | undefined =>
        recording.find(['guardrail.tripped'], about, isThis);
      if (find()) {
        const event = await run.turn(find);
        const { verdict, code, reason, replacement = null } = event.data;
        return verdict === 'redact'
          ? { verdict, code, reason, value: replacement, spans: [] }
          : { verdict, code, reason };
      }
      if (progress.approvals.has(approvalIdOf(name, { ...asking, stage, callId }))) {
        const { code = '', reason = '' } = recording.findTaken('guardrail.tripped', { callId }, isThis) ?? {};
        return { verdict: 'ask', code, reason };
      }
      const end =
        callId === undefined
          ? // What it failed at comes after all that it still had to say of other messages.
            recording.find(['run.failed', 'model.requested', 'guardrail.tripped', 'run.succeeded'])
          : recording.find(['tool.finished'], { callId });
      const { error } = (end?.event.data ?? {}) as { readonly error?: RunFailure };
      if (error?.code === 'AF_GUARDRAIL_FAILED' && error.message.includes(`"${name}"`))
        throw recordedError(error);
      return { verdict: 'pass' };
    },
    async choose({ choice }, variables, path, services) {
      const told = Promise.withResolvers<ChoiceDecision>();
      const embed = (): Promise<never> => {
        run
          .turn(() => orFailure(recording.find(['route.decided', 'step.finished'], { path })))
          .then((event) => {
            if (event.type !== 'route.decided') throw recordedError(failureIn(event));
            const { target: chosen, saw, confidence, reason } = event.data;
            told.resolve({
              chosen,
              saw,
              ...(confidence !== undefined && { confidence }),
              ...(reason !== undefined && { reason }),
            });
          })
          .catch(told.reject);
        return new Promise(() => {});
      };
      const decided = Promise.resolve(choice.decide(variables, { ...services, embed }));
      return Promise.race([decided, told.promise]);
    },
    async resolve(kind, name) {
      // What says why comes before the hand-over itself.
      const known = recording.find(['handoff'], {}, ({ to }) => to.kind === kind && to.name === name);
      if (known) return known.event.data.to;
      const next = recording.next?.event;
      if (next?.type === 'run.failed') throw recordedError(next.data.error);
      // It was refused after it was found, so nobody was ever told which one it was.
      return { kind, name, hash: '' };
    },
    async readConversation(session) {
      const event = await run.turn(() =>
        orFailure(
          recording.find(['memory.read'], {}, ({ kind, key }) => kind === 'conversation' && key === session),
        ),
      );
      if (event.type !== 'memory.read') throw recordedError(failureIn(event));
      return event.data.value as never; // as the runtime wrote it
    },
    async addToConversation(session) {
      const event = await run.turn(() =>
        orFailure(
          recording.find(
            ['memory.written'],
            {},
            ({ kind, key }) => kind === 'conversation' && key === session,
          ),
        ),
      );
      if (event.type !== 'memory.written') throw recordedError(failureIn(event));
      const { seq } = event.data.value as { readonly seq?: number }; // as the runtime wrote it
      return seq === undefined ? { along: [] } : { seq };
    },
    async oldConversation() {
      const asked = recording.next?.event;
      if (asked?.type !== 'model.requested' || asked.data.path !== 'memory.summary') return undefined;
      const summed = recording.find(['memory.written'], {}, ({ value }) =>
        Object.hasOwn(Object(value), 'summaryUpTo'),
      );
      const { summaryUpTo: upTo = 0 } = (summed?.event.data.value ?? {}) as { readonly summaryUpTo?: number };
      return { summary: undefined, messages: [], upTo };
    },
    summarise: async () => {},
    async remember({ id }) {
      const event = await run.turn(() =>
        orFailure(
          recording.find(['memory.written'], {}, ({ kind, key }) => kind === 'semantic' && key === id),
        ),
      );
      if (event.type !== 'memory.written') throw recordedError(failureIn(event));
    },
  };
}

/** A guardrail is not run again; what it asked of models comes out of the journal as it did. */
async function askAgain({ recording }: ReplayRun, { path, turn, services }: GuardrailAsking): Promise<void> {
  for (let last = -1; ;) {
    const asked = recording.find(
      ['model.requested'],
      { path, turn: Math.max(turn, 1) },
      (data) => data.path === path,
    );
    // One that was not taken stopped the replay.
    if (!asked || asked.index === last) return;
    last = asked.index;
    const { provider, model, messages } = asked.event.data;
    const empty = { role: 'user', content: '' } as const;
    const request = { messages: Array.from({ length: messages }, () => empty) };
    await services.askModel?.(`${provider}/${model}`, request).catch(() => {}); // what it made of that is recorded
  }
}
