import type { RunEventData, RunEventType, RunWait } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { RunProgress } from './run-progress.ts';

/** An event that is still to get its number and time. */
export type NewEvent = {
  readonly [Type in RunEventType]: { readonly type: Type; readonly data: RunEventData[Type] };
}[RunEventType];

/** Something that a person or a program tells a run. Plain data, so that it can be left for the run's owner. */
export type RunMessage =
  | ({ readonly kind: 'approval' } & RunEventData['approval.resolved'])
  | ({ readonly kind: 'decision' } & RunEventData['decision.resolved'])
  | ({ readonly kind: 'event' } & RunEventData['event.received']);

/** What comes from outside, as the run takes it in. */
export interface RunInput {
  /** What it adds to the run; throws what is wrong with it. Nothing when the run has taken it in before. */
  eventsFor(progress: RunProgress): readonly NewEvent[];
}

const finalStatuses: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

/** A message as an input. */
export function inputOfMessage(message: RunMessage): RunInput {
  return {
    eventsFor(progress) {
      const { run } = progress;
      const { kind, ...data } = message;
      if (isTaken(message, progress)) return [];
      if (finalStatuses.has(run.status)) throw errors.AF_RUN_ENDED({ run: run.id, status: run.status });
      const news: NewEvent[] = [];
      if (message.kind === 'approval') {
        checkApproval(message, progress);
        news.push({ type: 'approval.resolved', data: data as RunEventData['approval.resolved'] });
      } else if (message.kind === 'decision') {
        checkDecision(message, progress);
        news.push({ type: 'decision.resolved', data: data as RunEventData['decision.resolved'] });
      } else {
        news.push({ type: 'event.received', data: data as RunEventData['event.received'] });
      }
      if (run.status === 'waiting' && run.waitingFor?.some((wait) => answers(message, wait)))
        news.push({ type: 'run.resumed', data: { reason: kind } });
      return news;
    },
  };
}

/** Whether the run has taken in exactly this before. */
function isTaken(message: RunMessage, { approvals, decisions, received }: RunProgress): boolean {
  if (message.kind === 'event') return received.some(({ id }) => id === message.id);
  const known =
    message.kind === 'approval' ? approvals.get(message.approvalId) : decisions.get(message.callId);
  return message.id !== undefined && known?.resolved?.id === message.id;
}

/** Whether what the run waits for has happened with it. */
function answers(message: RunMessage, wait: RunWait): boolean {
  if (message.kind === 'approval') return wait.kind === 'approval' && wait.approvalId === message.approvalId;
  if (message.kind === 'decision') return wait.kind === 'decision' && wait.callId === message.callId;
  return wait.kind === 'event' && wait.name === message.name;
}

function checkApproval(
  { approvalId, outcome, input }: RunMessage & { readonly kind: 'approval' },
  { run, approvals }: RunProgress,
): void {
  const approval = approvals.get(approvalId);
  if (!approval) throw errors.AF_APPROVAL_UNKNOWN({ approval: approvalId, run: run.id });
  const { resolved, asked } = approval;
  if (resolved) {
    throw errors.AF_APPROVAL_RESOLVED({ approval: approvalId, run: run.id, outcome: resolved.outcome });
  }
  if (input !== undefined && (asked.callId === undefined || outcome !== 'approved')) {
    throw errors.AF_APPROVAL_INPUT({ approval: approvalId });
  }
}

function checkDecision(
  { callId }: RunMessage & { readonly kind: 'decision' },
  { run, decisions }: RunProgress,
): void {
  const decision = decisions.get(callId);
  if (!decision) throw errors.AF_DECISION_UNKNOWN({ call: callId, run: run.id });
  const { resolved } = decision;
  if (resolved) throw errors.AF_DECISION_RESOLVED({ call: callId, run: run.id, outcome: resolved.outcome });
}
