import type { Json } from '@agent-factory/sdk';
import { applyEvent } from '@agent-factory/sdk/domain';
import type { Run, RunEvent, RunEventData, RunLimits, RunSubject } from '@agent-factory/sdk/domain';

/** A run's first event. */
export type RunCreated = RunEvent & { readonly type: 'run.created' };

/** A question to a person. */
interface ApprovalState {
  readonly asked: RunEventData['approval.requested'];
  /** The answer; it is used once. */
  resolved: RunEventData['approval.resolved'] | undefined;
}

/** A question about a call whose outcome is not known. */
interface DecisionState {
  readonly asked: RunEventData['decision.requested'];
  resolved: RunEventData['decision.resolved'] | undefined;
  /** The call was made again; the answer does not hold for a second time. */
  isUsed: boolean;
}

/** A result of a call that a guardrail holds back. */
interface WithheldResult {
  readonly guardrail: string;
  readonly value: Json;
}

/** A run that this one started. */
interface ChildState {
  readonly runId: string;
  readonly subject: RunSubject;
  /** When it was started. */
  readonly at: number;
  finished: RunEventData['child.finished'] | undefined;
}

/** What follows from a run's events for everybody who works on runs, whatever is executed. */
export interface RunProgress {
  run: Run;
  readonly limits: RunLimits;
  readonly stream: boolean;
  /** Why the run is to be cancelled, once somebody asked for it. */
  cancelling: string | undefined;
  /** How often work on it was begun. */
  attempt: number;
  /** Milliseconds worked before the last beginning, and when that was; `undefined` while nobody works. */
  workedMs: number;
  since: number | undefined;
  /** When the last event happened. */
  at: number;
  /** An agent has asked its model; before that only guardrails may have asked one. */
  hasAgentAsked: boolean;
  /** By id. */
  readonly approvals: Map<string, ApprovalState>;
  /** Questions about calls whose outcome is not known, by the call's id. */
  readonly decisions: Map<string, DecisionState>;
  /** By path. */
  readonly children: Map<string, ChildState>;
  /** Results of calls that a person must let through first, by the call's id. */
  readonly withheld: Map<string, WithheldResult>;
  /** What tools last gave in a fork, by name, since an agent came to work in it. */
  readonly tried: Map<string, Json>;
  /** What was sent to the run, in order. */
  readonly received: RunEventData['event.received'][];
}

/** The progress after a run's first event. */
export function firstProgress(event: RunCreated): RunProgress {
  return {
    run: applyEvent(undefined, event),
    limits: event.data.limits,
    stream: event.data.stream ?? false,
    cancelling: undefined,
    attempt: 0,
    workedMs: 0,
    since: undefined,
    at: event.at,
    hasAgentAsked: false,
    approvals: new Map(),
    decisions: new Map(),
    children: new Map(),
    withheld: new Map(),
    tried: new Map(),
    received: [],
  };
}

/** The progress after all of a run's events; `undefined` when the first is not `run.created`. */
export function progressAfter(events: readonly RunEvent[]): RunProgress | undefined {
  const [first, ...rest] = events;
  if (first?.type !== 'run.created') return undefined;
  const progress = firstProgress(first);
  for (const event of rest) advanceProgress(progress, event);
  return progress;
}

/** Brings it one event forward. */
export function advanceProgress(progress: RunProgress, event: RunEvent): void {
  const before = progress.at;
  progress.run = applyEvent(progress.run, event);
  progress.at = event.at;
  switch (event.type) {
    case 'run.started':
      // Of work that was broken off, the time until its last event counts.
      if (progress.since !== undefined) progress.workedMs += before - progress.since;
      progress.attempt = event.data.attempt;
      progress.since = event.at;
      break;
    case 'run.waiting':
      if (progress.since !== undefined) progress.workedMs += event.at - progress.since;
      progress.since = undefined;
      break;
    case 'run.cancelling':
      progress.cancelling = event.data.reason;
      break;
    case 'model.requested':
      if (event.data.path === undefined) progress.hasAgentAsked = true;
      break;
    case 'tool.started': {
      const decision = progress.decisions.get(event.data.callId);
      if (decision) decision.isUsed = true;
      break;
    }
    case 'tool.finished': {
      const { tool, output } = event.data;
      const { forkOf } = progress.run;
      if (forkOf && event.seq > forkOf.shared && output !== undefined) progress.tried.set(tool, output);
      break;
    }
    case 'handoff':
      progress.tried.clear();
      break;
    case 'approval.requested':
      progress.approvals.set(event.data.approvalId, { asked: event.data, resolved: undefined });
      break;
    case 'approval.resolved': {
      const approval = progress.approvals.get(event.data.approvalId);
      if (approval) approval.resolved ??= event.data;
      break;
    }
    case 'decision.requested':
      progress.decisions.set(event.data.callId, { asked: event.data, resolved: undefined, isUsed: false });
      break;
    case 'decision.resolved': {
      const decision = progress.decisions.get(event.data.callId);
      if (decision) decision.resolved ??= event.data;
      break;
    }
    case 'guardrail.tripped': {
      const { verdict, stage, callId, guardrail, replacement } = event.data;
      const isHeld = verdict === 'ask' && stage === 'toolResult' && replacement !== undefined;
      if (isHeld && callId !== undefined) progress.withheld.set(callId, { guardrail, value: replacement });
      break;
    }
    case 'event.received':
      progress.received.push(event.data);
      break;
    case 'child.started': {
      const { path, runId, subject } = event.data;
      progress.children.set(path, { runId, subject, at: event.at, finished: undefined });
      break;
    }
    case 'child.finished': {
      const child = progress.children.get(event.data.path);
      if (child) child.finished = event.data;
      break;
    }
    default:
  }
}
