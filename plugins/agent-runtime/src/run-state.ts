import { applyEvent, conversationOf, toolMessageOf } from '@agent-factory/sdk/domain';
import type { Citation, Message, Run, RunEvent, RunLimits, ToolCall } from '@agent-factory/sdk/domain';

/** A tool call of the last answer. */
export interface CallState {
  readonly call: ToolCall;
  /** The same on every attempt. */
  readonly idempotencyKey: string;
  /** Attempts begun; 0 before the first. */
  attempt: number;
  /** What the model is told, once the call has ended. */
  message: Message | undefined;
}

/** All that the next step of a run depends on; follows from the run's events alone. */
export interface RunState {
  run: Run;
  readonly limits: RunLimits;
  readonly stream: boolean;
  /** The conversation so far, without the instructions. */
  readonly messages: Message[];
  /** A model was asked in this turn and has not answered. */
  asking: boolean;
  /** Tool calls of the last answer; empty once all have ended. */
  calls: readonly CallState[];
  /** How many of them have not ended. */
  open: number;
  /** The final answer. */
  answer: { readonly text: string; readonly finishReason: string } | undefined;
  /** What the tools' results named as their sources. */
  readonly citations: Citation[];
  /** Why the run is to be cancelled, once somebody asked for it. */
  cancelling: string | undefined;
  /** How often the run was begun. */
  attempt: number;
  /** Milliseconds worked before the last beginning, and when that was. */
  workedMs: number;
  since: number;
  /** When the last event happened. */
  at: number;
}

/** The state after a run's first event. */
export function firstState(event: RunEvent & { readonly type: 'run.created' }): RunState {
  return {
    run: applyEvent(undefined, event),
    limits: event.data.limits,
    stream: event.data.stream ?? false,
    messages: [...conversationOf(event.data)],
    asking: false,
    calls: [],
    open: 0,
    answer: undefined,
    citations: [],
    cancelling: undefined,
    attempt: 0,
    workedMs: 0,
    since: event.at,
    at: event.at,
  };
}

/** The state after all of a run's events; `undefined` when the first is not `run.created`. */
export function stateAfter(events: readonly RunEvent[]): RunState | undefined {
  const [first, ...rest] = events;
  if (first?.type !== 'run.created') return undefined;
  const state = firstState(first);
  for (const event of rest) advance(state, event);
  return state;
}

/** Brings the state one event forward. `written` is the JSON of a tool's result, where it is at hand. */
export function advance(state: RunState, event: RunEvent, written?: string): void {
  state.run = applyEvent(state.run, event);
  switch (event.type) {
    case 'run.started':
      state.workedMs += state.attempt === 0 ? 0 : state.at - state.since;
      state.attempt = event.data.attempt;
      state.since = event.at;
      break;
    case 'model.requested':
      state.asking = true;
      break;
    case 'model.responded':
      state.asking = false;
      answered(state, event);
      break;
    case 'tool.started': {
      const call = callOf(state, event.data.callId);
      if (call) call.attempt = event.data.attempt;
      break;
    }
    case 'tool.finished':
      finished(state, event, written);
      break;
    case 'run.cancelling':
      state.cancelling = event.data.reason;
      break;
    default:
  }
  state.at = event.at;
}

function answered(state: RunState, event: RunEvent & { readonly type: 'model.responded' }): void {
  const { message, finishReason, turn } = event.data;
  state.messages.push(message);
  if (!message.toolCalls?.length) {
    state.answer = { text: message.content, finishReason };
    return;
  }
  state.calls = message.toolCalls.map((call, index) => ({
    call,
    idempotencyKey: `${event.runId}:${turn}:${index}`,
    attempt: 0,
    message: undefined,
  }));
  state.open = state.calls.length;
}

function finished(
  state: RunState,
  event: RunEvent & { readonly type: 'tool.finished' },
  written?: string,
): void {
  const call = callOf(state, event.data.callId);
  if (!call || call.message) return;
  call.message = toolMessageOf(event.data, written);
  if (event.data.citations) state.citations.push(...event.data.citations);
  state.open -= 1;
  if (state.open > 0) return;
  for (const { message } of state.calls) if (message) state.messages.push(message);
  state.calls = [];
}

function callOf(state: RunState, callId: string): CallState | undefined {
  return state.calls.find(({ call }) => call.id === callId);
}
