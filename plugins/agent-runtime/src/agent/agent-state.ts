import { conversationOf, textOf, toolMessageOf } from '@agent-factory/sdk/domain';
import type { Citation, Message, RunEvent, RunSubject, ToolCall } from '@agent-factory/sdk/domain';
import type { Conversation } from '@agent-factory/sdk/contracts';
import { asText } from '../condition/conditions.ts';
import type { RunCreated } from '../run/run-progress.ts';
import { messageWith } from './message-with.ts';

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
  /** What stands for the conversation before the first of them. */
  summary: string | undefined;
  /** How many messages at the front were kept of the conversation; `undefined` before they were read. */
  remembered: number | undefined;
  /** What the user asked, as guardrails left it. */
  question: Message | undefined;
  /** What happened in this run was added to the conversation. */
  isKept: boolean;
  /** Question and answer are in the semantic memory. */
  isSaid: boolean;
  /** The agent that answers now has asked its model: what came in was looked at, and what is remembered was read. */
  isTakenIn: boolean;
  /** Who goes on, once somebody was handed the conversation. */
  current: RunSubject | undefined;
  hops: number;
  /** A model was asked in this turn and has not answered. */
  asking: boolean;
  /** How often the question was too long, and is cut in half. */
  trims: number;
  /** Tool calls of the last answer; empty once all have ended. */
  calls: readonly CallState[];
  /** How many of them have not ended. */
  open: number;
  /** The final answer. */
  answer: { readonly text: string; readonly finishReason: string } | undefined;
  /** How often an answer did not fit the schema of the output. */
  rejected: number;
  /** It was decided after this answer that nobody else goes on. */
  isDecided: boolean;
  /** What the tools' results named as their sources. */
  readonly citations: Citation[];
}

/** The state after a run's first event. */
export function firstState(event: RunCreated): AgentState {
  return stateOfConversation(conversationOf(event.data));
}

/** The state of an agent that is to go on with a conversation. */
export function stateOfConversation(messages: readonly Message[]): AgentState {
  return {
    messages: [...messages],
    summary: undefined,
    remembered: undefined,
    question: messages.findLast(({ role }) => role === 'user'),
    isKept: false,
    isSaid: false,
    isTakenIn: false,
    current: undefined,
    hops: 0,
    asking: false,
    trims: 0,
    calls: [],
    open: 0,
    answer: undefined,
    rejected: 0,
    isDecided: false,
    citations: [],
  };
}

/** Brings the state one event forward. `written` is the JSON of a tool's result, where it is at hand. */
export function advance(state: AgentState, event: RunEvent, written?: string): void {
  switch (event.type) {
    case 'model.requested':
      if (event.data.path !== undefined) break;
      state.asking = true;
      state.isTakenIn = true;
      break;
    case 'model.responded':
      if (event.data.path !== undefined) break;
      state.asking = false;
      answered(state, event);
      break;
    case 'model.failed':
      if (event.data.error.code === 'AF_MODEL_CONTEXT_OVERFLOW' && event.data.willRetry) state.trims += 1;
      break;
    case 'tool.started': {
      const call = callOf(state, event.data.callId);
      if (call) call.attempt = event.data.attempt;
      break;
    }
    case 'tool.finished':
      finished(state, event, written);
      break;
    case 'memory.read':
      remembered(state, event);
      break;
    case 'memory.written':
      if (event.data.kind === 'semantic') state.isSaid = true;
      else state.isKept = true;
      break;
    case 'output.rejected':
      state.rejected += 1;
      state.answer = undefined;
      state.messages.push({
        role: 'user',
        content: `The answer does not fit its JSON Schema: ${event.data.problems}. Answer again with JSON that does, and nothing else.`,
      });
      break;
    case 'guardrail.tripped':
      redacted(state, event);
      break;
    case 'route.decided':
      state.isDecided = event.data.target === null;
      break;
    case 'handoff':
      handedOver(state, event);
      break;
    default:
  }
}

function answered(state: AgentState, event: RunEvent & { readonly type: 'model.responded' }): void {
  const { message, finishReason, turn } = event.data;
  state.messages.push(message);
  state.isDecided = false;
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

function remembered(state: AgentState, { data }: RunEvent & { readonly type: 'memory.read' }): void {
  if (data.kind !== 'conversation') return;
  const { summary, messages } = data.value as unknown as Conversation; // as the runtime wrote it
  state.remembered = messages.length;
  state.summary = summary?.text;
  state.messages.unshift(...messages.map(({ message }) => message));
}

/** What a guardrail took out of what the agent was given is shown to no model, and not remembered. */
function redacted(state: AgentState, { data }: RunEvent & { readonly type: 'guardrail.tripped' }): void {
  const { stage, verdict, replacement, callId, message: place } = data;
  if (verdict !== 'redact' || callId !== undefined || replacement === undefined) return;
  if (stage !== 'input' && place === undefined) return;
  const { messages } = state;
  const index =
    place === undefined
      ? messages.findLastIndex(({ role }) => role === 'user')
      : place + (state.remembered ?? 0);
  const message = messages[index];
  if (!message) return;
  const left = messageWith(message, asText(replacement));
  if (message === state.question) state.question = left;
  messages[index] = left;
}

function handedOver(state: AgentState, { data }: RunEvent & { readonly type: 'handoff' }): void {
  const { from, to, input, callId } = data;
  state.current = to;
  state.hops += 1;
  state.isTakenIn = false;
  state.answer = undefined;
  state.rejected = 0;
  if (input) {
    state.messages.splice(0, state.messages.length, ...input);
    if (state.remembered !== undefined) state.remembered = 0;
  } else if (callId === undefined) {
    const asked = state.messages.findLast(({ role }) => role === 'user');
    const about = asked ? `: ${textOf(asked)}` : '.';
    state.messages.push({ role: 'user', content: `"${from}" handed this over to you${about}` });
  }
}

function callOf(state: AgentState, callId: string): CallState | undefined {
  return state.calls.find(({ call }) => call.id === callId);
}
