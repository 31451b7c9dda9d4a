import { canonicalJson, type Json } from '@agent-factory/sdk';
import { eventsOfRun, type ModelResponse, type TenantJournal } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { finishedChild } from '../replay/finished-child.ts';
import { recordedError } from '../replay/recorded-error.ts';
import { failureOf } from '../run/failure.ts';
import type { LiveRun } from '../run/live-run.ts';
import type { RunEffects } from '../run/run-effects.ts';

type ChildEnd = RunEvent & { readonly type: 'child.finished' };

/** The effects of a fork that is answered from the journal of its origin, where it is to be. Others stay as they are. */
export function withRecordedSources(live: LiveRun, effects: RunEffects, journal: TenantJournal): RunEffects {
  const { forkOf } = live.progress.run;
  if (!forkOf?.models && !forkOf?.tools) return effects;
  const { runId: run, models, tools } = forkOf;
  let read: Promise<readonly RunEvent[]> | undefined;
  const origin = (): Promise<readonly RunEvent[]> => (read ??= eventsOfRun(journal, run));
  const missing = (what: string): ReturnType<typeof errors.AF_FORK_NOT_RECORDED> =>
    errors.AF_FORK_NOT_RECORDED({ run, what });

  const askModel: RunEffects['askModel'] = async ({ turn, path, quiet }) => {
    const events = await live.guard(origin());
    const ofThis = events.filter(({ data }) => {
      if (!('turn' in data) || data.turn !== turn) return false;
      // The agent's own questions and answers have no path, nor have the pieces of its answers.
      return ('path' in data ? data.path : undefined) === path;
    });
    const end = ofThis.findLast(({ type }) => type === 'model.responded' || type === 'model.failed');
    if (end?.type === 'model.failed') throw recordedError(end.data.error);
    if (end?.type !== 'model.responded') throw missing(`answer of a model in turn ${turn}`);
    const asked = ofThis.findLast(({ type, seq }) => type === 'model.requested' && seq < end.seq)?.seq ?? 0;
    for (const { type, data, seq } of live.progress.stream && !quiet ? ofThis : []) {
      if (seq < asked || seq > end.seq || (type !== 'message.delta' && type !== 'tool.delta')) continue;
      live.emit(type, data as never); // of that type
      await live.commit();
    }
    const { message, finishReason, usage, durationMs, costNanoUsd } = end.data;
    const response = { message, finishReason: finishReason as ModelResponse['finishReason'], usage }; // as a model gave it
    return { response, durationMs, costNanoUsd };
  };

  /** Calls of the origin that have been taken. */
  const taken = new Set<string>();
  const callTool: RunEffects['callTool'] = async ({ entry, input, idempotencyKey }) => {
    const { name } = entry.tool;
    const wanted = canonicalJson(input);
    const place = idempotencyKey.slice(live.progress.run.id.length);
    const events = await live.guard(origin()).catch(() => undefined);
    if (!events || live.stop) return { outcome: undefined, durationMs: 0 };
    const same = events.filter(
      (event) =>
        event.type === 'tool.started' &&
        event.data.tool === name &&
        canonicalJson(event.data.input) === wanted,
    );
    const ends = same.flatMap((started) => {
      if (started.type !== 'tool.started') return [];
      const { callId, idempotencyKey: key } = started.data;
      const end = events.find(
        (event) => event.seq > started.seq && event.type === 'tool.finished' && event.data.callId === callId,
      );
      return end?.type === 'tool.finished' ? [{ data: end.data, isHere: key === `${run}${place}` }] : [];
    });
    // Of equal calls that of the same place; else the next that was not taken yet; else the last.
    const end =
      ends.find(({ isHere }) => isHere) ?? ends.find(({ data }) => !taken.has(data.callId)) ?? ends.at(-1);
    if (!end) {
      const error = missing(`result of "${name}" with this input`);
      return { outcome: { error: failureOf(error, () => error) }, durationMs: 0 };
    }
    const { callId, output = null, error, durationMs } = end.data;
    taken.add(callId);
    return {
      outcome: error ? { error } : { output, written: JSON.stringify(output satisfies Json) },
      durationMs,
    };
  };

  return {
    ...effects,
    ...(models && {
      chooseModel: (choices, from) => {
        const choice = choices[from];
        return choice && { index: from, ...choice };
      },
      askModel,
      embed: () => Promise.reject(missing('vectors')),
    }),
    ...(tools && { callTool }),
    // A run that was started would ask live models and tools: its recorded end counts.
    async newChild(kind, name, { path }) {
      const events = await origin();
      const found = events.find(
        ({ type, data }) => type === 'child.started' && data.path === path && data.subject.name === name,
      );
      const { runId, subject } = found?.type === 'child.started' ? found.data : {};
      if (runId === undefined || !subject || !endOf(events, runId))
        throw missing(`end of a run of the ${kind} "${name}" for ${path}`);
      return { runId, subject };
    },
    async runChild(call) {
      const end = endOf(await live.guard(origin()), call.runId);
      if (!end) throw missing(`end of the run ${call.runId}`);
      return finishedChild(end, call);
    },
    // It is the run of another one.
    cancelChild: async () => {},
  };
}

function endOf(events: readonly RunEvent[], child: string): ChildEnd | undefined {
  return events.find(
    (event): event is ChildEnd => event.type === 'child.finished' && event.data.runId === child,
  );
}
