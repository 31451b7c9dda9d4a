import type { JsonObject } from '@agent-factory/sdk';
import type { RunEvent, RunEventData, RunFailure } from '@agent-factory/sdk/domain';
import { questionId } from '../tool/approve-call.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { CallOutcome } from '../tool/run-tool.ts';
import type { ChildCall, ChildPlace, RunEffects } from '../run/run-effects.ts';
import { finishedChild } from './finished-child.ts';
import { recordedError } from './recorded-error.ts';
import type { Found } from './recording.ts';
import type { ReplayRun } from './replay-run.ts';

type CallEffects = Pick<
  RunEffects,
  'tool' | 'prepareTool' | 'callTool' | 'newChild' | 'runChild' | 'cancelChild'
>;

/** What refuses a call after plugins have looked at it: decided anew, from the record. */
const decidedAnew: ReadonlySet<string> = new Set([
  'AF_TOOL_REJECTED',
  'AF_GUARDRAIL_BLOCKED',
  'AF_GUARDRAIL_FAILED',
]);

/** What came of calls of tools, and of runs that were started, from the record. */
export function replayCalls(run: ReplayRun, toolBox: ToolBox): CallEffects {
  const { recording, tenant, progress } = run;

  /** The failure of a child that could not be started: that of the call or the step it was for. */
  const failureOf = ({ path, callId }: ChildPlace): Found | undefined => {
    const step = path.replace(/#\d+$/, '');
    if (callId !== undefined)
      return recording.find(['tool.finished'], { callId }, ({ error }) => error !== undefined);
    return recording.find(
      ['step.finished', 'step.retried'],
      { path: step },
      ({ error }) => error !== undefined,
    );
  };

  /** The last question about the input of a call that came out before. */
  const askedBefore = (callId: string): RunEventData['approval.requested'] | undefined => {
    let last: RunEventData['approval.requested'] | undefined;
    for (let number = 1; ; number += 1) {
      const { asked } = progress.approvals.get(questionId(callId, number)) ?? {};
      if (!asked) return last;
      last = asked;
    }
  };

  return {
    async tool(name, callId) {
      const find = (): Found | undefined =>
        recording.find(['tool.started', 'tool.finished', 'decision.requested'], { callId });
      // Calls of several steps begin in the order in which they did.
      if (find()) await run.turn(find);
      return run.during(toolBox.find(tenant, name));
    },
    async prepareTool({ input }, callId) {
      const asked = recording.find(['approval.requested'], { callId })?.event.data ?? askedBefore(callId);
      if (asked?.input) return asked.input;
      const started = recording.find(['tool.started'], { callId })?.event.data;
      if (started) return started.input;
      const refused = recording.find(['tool.finished'], { callId })?.event.data.error;
      if (refused && !decidedAnew.has(refused.code)) throw recordedError(refused);
      return input satisfies JsonObject;
    },
    async callTool({ callId, dialogue }) {
      try {
        let number = 1;
        while (dialogue.asked(number)) number += 1;
        const questionId = dialogue.idOf(number);
        const endOf = (): Found | undefined => {
          const end = recording.find(['tool.finished', 'tool.retried'], { callId });
          const held = recording.find(
            ['guardrail.tripped'],
            { callId },
            ({ stage }) => stage === 'toolResult',
          );
          return held && (!end || held.index < end.index) ? held : end;
        };
        const next = (): Found | undefined => {
          const end = endOf();
          // A guardrail asked a model about the result.
          const asked = recording.find(
            ['model.requested'],
            { callId },
            ({ path }) => path?.includes('!guardrail.toolResult.') === true,
          );
          return earliest(
            end,
            asked,
            recording.find(['tool.reported'], { callId }),
            recording.find(['decision.requested'], { callId: questionId }),
          );
        };
        let event = await run.turn(next);
        for (; event.type === 'tool.reported'; event = await run.turn(next))
          dialogue.report(event.data.report);
        if (event.type === 'decision.requested' && event.data.question)
          return { outcome: { asks: event.data.question, number }, durationMs: 0 };
        const end = event.type === 'model.requested' ? endOf()?.event : event;
        return end ? outcomeOf(end) : { outcome: undefined, durationMs: 0 };
      } catch {
        return { outcome: undefined, durationMs: 0 }; // it was stopped
      }
    },
    async newChild(_kind, _name, place) {
      const event = await run.turn(
        (): Found | undefined => recording.find(['child.started'], { path: place.path }) ?? failureOf(place),
      );
      if (event.type === 'child.started') return event.data;
      throw recordedError(errorIn(event));
    },
    async runChild(call: ChildCall) {
      const event = await run.turn((): Found | undefined => {
        const end = recording.find(['child.finished'], { path: call.path });
        return end ?? failureOf(call) ?? waiting();
      });
      if (event.type === 'run.waiting') return undefined;
      if (event.type !== 'child.finished') throw recordedError(errorIn(event));
      return finishedChild(event, call);
    },
    cancelChild: async () => {},
  };

  function waiting(): Found | undefined {
    const { next } = recording;
    return next?.event.type === 'run.waiting' ? next : undefined;
  }
}

function earliest(...found: readonly (Found | undefined)[]): Found | undefined {
  return found.reduce((first, one) => (one && (!first || one.index < first.index) ? one : first), undefined);
}

function outcomeOf(event: RunEvent): { readonly outcome: CallOutcome; readonly durationMs: number } {
  if (event.type === 'tool.finished' && !event.data.error?.code.startsWith('AF_GUARDRAIL_')) {
    const { output = null, error, durationMs } = event.data;
    return { outcome: error ? { error } : { output, written: JSON.stringify(output) }, durationMs };
  }
  if (event.type === 'tool.retried') return { outcome: { error: event.data.error }, durationMs: 0 };
  // A guardrail held it back: what it was is not in the journal, and what stands in its place is.
  const output = (event.type === 'guardrail.tripped' && event.data.replacement) || null;
  return { outcome: { output, written: JSON.stringify(output) }, durationMs: 0 };
}

function errorIn({ data }: RunEvent): RunFailure {
  const { error } = data as { readonly error: RunFailure }; // looked for by it
  return error;
}
