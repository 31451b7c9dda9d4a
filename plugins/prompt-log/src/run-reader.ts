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
  readonly seq: number;
  readonly agent: string;
  readonly request: JsonObject;
  readonly asked?: RunEventData['model.requested'];
}

/**
 * Reads the calls of a run off its events, those after a place. What had begun before it is read again, so the place it
 * gives lies before the first call that has not ended.
 */
export function readRun(
  run: Pick<Run, 'id' | 'session' | 'subject'>,
  events: readonly RunEvent[],
  before: ReadUpTo,
): { readonly entries: readonly RawEntry[]; readonly upTo: ReadUpTo; readonly isOver: boolean } {
  let { agent } = before;
  let fresh: Json[] = [];
  const open = new Map<string, Open>();
  const entries: RawEntry[] = [];
  const add = (
    event: RunEvent,
    begun: Open | undefined,
    entry: Partial<RawEntry> & Pick<RawEntry, 'kind' | 'status' | 'durationMs' | 'response'>,
  ): void => {
    const { session } = run;
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
        fresh = [event.data.input as Json]; // messages are JSON
        break;
      case 'handoff':
        agent = event.data.to.name;
        if (event.data.input) fresh = [event.data.input as unknown as Json]; // messages are JSON
        break;
      case 'output.rejected':
        fresh.push(event.data.problems);
        break;
      case 'model.requested': {
        const { path = '', turn, messages, tools, request } = event.data;
        const asked = {
          messages,
          tools,
          new: fresh,
          ...(path !== '' && { path }),
          ...(request && { request }),
        };
        fresh = [];
        open.set(`model ${path} ${turn}`, { seq: event.seq, agent, request: asked, asked: event.data });
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
        fresh.push({ tool, callId });
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
  const waiting = [...open.values()].map(({ seq }) => seq - 1);
  const seq = isOver ? last.seq : Math.min(last?.seq ?? before.seq, ...waiting);
  return { entries, upTo: { seq, agent }, isOver };
}
