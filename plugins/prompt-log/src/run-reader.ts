import type { Json, JsonObject } from '@agent-factory/sdk';
import type { PromptLogEntry } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent, type RunEventData } from '@agent-factory/sdk/domain';

/** How far a run was read, and who was at work there. */
export interface ReadUpTo {
  readonly seq: number;
  readonly agent: string;
}

/** An entry as the journal has it: nothing is taken out yet. */
export type RawEntry = Omit<PromptLogEntry, 'redacted'>;

/** A call that has begun and not ended. */
interface Open {
  /** Where what it asks begins. */
  readonly seq: number;
  readonly agent: string;
  readonly request: JsonObject;
  readonly asked?: RunEventData['model.requested'];
}

/**
 * Reads the calls of a run off its events, those after a place. What had begun before it is read again, so the place it
 * gives lies before the first call that has not ended, before what the next question has new, and within no other call.
 */
export function readRun(
  run: Pick<Run, 'id' | 'session' | 'subject'>,
  events: readonly RunEvent[],
  before: ReadUpTo,
): { readonly entries: readonly RawEntry[]; readonly upTo: ReadUpTo; readonly isOver: boolean } {
  let { agent } = before;
  // What the next question of an agent has new, and where that begins.
  let fresh: Json[] = [];
  let freshFrom = Infinity;
  const isTalk = run.subject.kind === 'agent';
  const renew = (what: readonly Json[], from: number): void => {
    if (!isTalk) return;
    fresh = [...what];
    freshFrom = from;
  };
  const agents: ReadUpTo[] = [before];
  const spans: { readonly from: number; readonly to: number }[] = [];
  const open = new Map<string, Open>();
  const entries: RawEntry[] = [];
  const add = (
    event: RunEvent,
    begun: Open | undefined,
    entry: Partial<RawEntry> & Pick<RawEntry, 'kind' | 'status' | 'durationMs' | 'response'>,
  ): void => {
    const { session } = run;
    if (begun) spans.push({ from: begun.seq, to: event.seq });
    entries.push({
      id: `${run.id}:${event.seq}`,
      runId: run.id,
      seq: event.seq,
      at: event.at,
      agent: begun?.agent ?? agent,
      request: begun?.request ?? null,
      ...(session !== undefined && { session }),
      ...entry,
    });
  };
  for (const event of events) {
    switch (event.type) {
      case 'run.created':
        agent = event.data.subject.name;
        agents.push({ seq: event.seq, agent });
        renew([event.data.input as Json], event.seq); // messages are JSON
        break;
      case 'handoff':
        agent = event.data.to.name;
        agents.push({ seq: event.seq, agent });
        if (event.data.input) renew([event.data.input as unknown as Json], event.seq); // messages are JSON
        break;
      case 'output.rejected':
        renew([...fresh, event.data.problems], Math.min(freshFrom, event.seq));
        break;
      case 'model.requested': {
        const { path = '', turn, messages, tools, request } = event.data;
        const asked = {
          messages,
          tools,
          // A summary and a condition ask something of their own.
          new: path === '' ? fresh : [],
          ...(path !== '' && { path }),
          ...(request && { request }),
        };
        const seq = path === '' ? Math.min(freshFrom, event.seq) : event.seq;
        if (path === '') renew([], Infinity);
        open.set(`model ${path} ${turn}`, { seq, agent, request: asked, asked: event.data });
        break;
      }
      case 'model.responded':
      case 'model.failed': {
        const key = `model ${event.data.path ?? ''} ${event.data.turn}`;
        const begun = open.get(key);
        open.delete(key);
        const { provider, model } = begun?.asked ?? {};
        const whose = { ...(provider !== undefined && { provider }), ...(model !== undefined && { model }) };
        if (event.type === 'model.failed') {
          const { error } = event.data;
          const response = { ...error } as Json; // a failure is JSON
          add(event, begun, {
            kind: 'model',
            status: 'failed',
            ...whose,
            error: error.code,
            durationMs: 0,
            response,
          });
          break;
        }
        const { message, finishReason, usage, costNanoUsd, durationMs } = event.data;
        add(event, begun, {
          kind: 'model',
          status: 'ok',
          ...whose,
          usage,
          ...(costNanoUsd !== undefined && { costNanoUsd }),
          durationMs,
          response: { message, finishReason } as unknown as Json, // messages are JSON
        });
        break;
      }
      case 'tool.started': {
        const { callId, input } = event.data;
        open.set(`tool ${callId}`, { seq: event.seq, agent, request: input });
        break;
      }
      case 'tool.finished': {
        const { callId, tool, output = null, error, durationMs } = event.data;
        const begun = open.get(`tool ${callId}`);
        open.delete(`tool ${callId}`);
        renew([...fresh, { tool, callId }], Math.min(freshFrom, begun?.seq ?? event.seq));
        add(event, begun, {
          kind: 'tool',
          tool,
          status: error ? 'failed' : 'ok',
          ...(error && { error: error.code }),
          durationMs,
          response: error ? ({ ...error } as Json) : output, // a failure is JSON
        });
        break;
      }
      default:
    }
  }
  const last = events.at(-1);
  const isOver = last !== undefined && finalEvents.has(last.type);
  let seq = last?.seq ?? before.seq;
  if (!isOver) {
    seq = Math.min(seq, freshFrom - 1, ...[...open.values()].map((call) => call.seq - 1));
    for (const { from, to } of spans.sort((a, b) => b.from - a.from))
      if (from <= seq && seq < to) seq = from - 1;
  }
  const atWork = agents.findLast((one) => one.seq <= seq) ?? before;
  return { entries, upTo: { seq, agent: atWork.agent }, isOver };
}
