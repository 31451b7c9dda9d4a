import type { Json } from '@agent-factory/sdk';
import { conversationOf, type Message, type RunEvent, type RunSubject } from '@agent-factory/sdk/domain';
import { advance, stateOfConversation, type AgentState } from '../agent/agent-state.ts';
import type { RunCreated } from '../run/run-progress.ts';

/** All that the next step of a router's run depends on; follows from the run's events alone. */
export interface RouterState {
  /** What was asked. */
  readonly asked: readonly Message[];
  /** Who answers; nobody before the first. */
  current: RunSubject | undefined;
  /** How far that agent is. */
  agent: AgentState;
  /** The last answer of each agent. */
  readonly outputs: Record<string, Json>;
  /** Who goes on after the answer, `null` for nobody; `undefined` until it is decided. */
  decided: string | null | undefined;
  /** Hand-overs so far. */
  hops: number;
}

/** The state after a run's first event. */
export function firstRouterState({ data }: RunCreated): RouterState {
  const asked = conversationOf(data);
  return {
    asked,
    current: undefined,
    agent: stateOfConversation(asked),
    outputs: {},
    decided: undefined,
    hops: 0,
  };
}

/** Brings the state one event forward. */
export function advanceRouter(state: RouterState, event: RunEvent, written?: string): void {
  if (event.type === 'route.decided') {
    const { path, target } = event.data;
    state.decided = target;
    state.outputs[path] = state.agent.answer?.text ?? null;
  } else if (event.type === 'handoff') {
    if (state.current) state.hops += 1;
    state.current = event.data.to;
    state.agent = stateOfConversation(event.data.input ?? state.asked);
    state.decided = undefined;
  } else {
    advance(state.agent, event, written);
  }
}
