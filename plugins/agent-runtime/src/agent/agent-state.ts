import { conversationOf, toolMessageOf } from '@agent-factory/sdk/domain';
import type { Citation, Message, RunEvent, ToolCall } from '@agent-factory/sdk/domain';
import type { RunCreated } from '../run/run-progress.ts';

/** A tool call of the last answer. */
interface CallState {
  readonly call: ToolCall;
  /** Its place among the calls of its answer. */
  readonly index: number;
  /** The same on every attempt. */
  readonly idempotencyKey: string;
  /** Attempts begun; 0 before the first. */
  attempt: number;
  /** What the model is told, once the call has ended. */
  message: Message | undefined;
}

/** All that an agent's next step depends on, beside the progress of its run; follows from the run's events alone. */
export interface AgentState {
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
}

/** The state after a run's first event. */
export function firstState(event: RunCreated): AgentState {
  return {
    messages: [...conversationOf(event.data)],
    asking: false,
    calls: [],
    open: 0,
    answer: undefined,
    citations: [],
  };
}

/** Brings the state one event forward. `written` is the JSON of a tool's result, where it is at hand. */
export function advance(state: AgentState, event: RunEvent, written?: string): void {
  switch (event.type) {
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
    default:
  }
}

function answered(state: AgentState, event: RunEvent & { readonly type: 'model.responded' }): void {
  const { message, finishReason, turn } = event.data;
  state.messages.push(message);
  if (!message.toolCalls?.length) {
    state.answer = { text: message.content, finishReason };
    return;
  }
  state.calls = message.toolCalls.map((call, index) => ({
    call,
    index,
    idempotencyKey: `${event.runId}:${turn}:${index}`,
    attempt: 0,
    message: undefined,
  }));
  state.open = state.calls.length;
}

function finished(
  state: AgentState,
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

function callOf(state: AgentState, callId: string): CallState | undefined {
  return state.calls.find(({ call }) => call.id === callId);
}
