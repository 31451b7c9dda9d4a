import type { RunEventData, RunWait } from '@agent-factory/sdk/domain';
import type { RunScope } from '../run/run-scope.ts';

/** The answer of a person, or that the run waits for it. */
export type PersonsAnswer = RunEventData['approval.resolved'] | { readonly waits: RunWait };

/**
 * Asks a person, once for each id: the question is emitted, and not yet committed. One that is over is answered
 * `expired` by the run itself.
 */
export function askPerson(scope: RunScope, question: RunEventData['approval.requested']): PersonsAnswer {
  const { approvalId } = question;
  const known = scope.progress.approvals.get(approvalId);
  if (known?.resolved) return known.resolved;
  const asked = known?.asked ?? question;
  if (!known) scope.emit('approval.requested', question);
  const { prompt, permission, expiresAt: until, path } = asked;
  if (until !== undefined && until <= scope.effects.now()) {
    const expired = { approvalId, outcome: 'expired', reason: 'Nobody answered in time.' } as const;
    scope.emit('approval.resolved', expired);
    return expired;
  }
  const waits: RunWait = {
    kind: 'approval',
    approvalId,
    detail: prompt,
    ...(path !== undefined && { path }),
    ...(permission !== undefined && { permission }),
    ...(until !== undefined && { until }),
  };
  return { waits };
}
