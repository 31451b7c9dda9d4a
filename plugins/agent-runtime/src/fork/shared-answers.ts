import type { ForkRequest } from '@agent-factory/sdk/contracts';
import type { RunEvent, RunEventData } from '@agent-factory/sdk/domain';
import { placeOfFork } from './fork-place.ts';

/**
 * The questions whose approval a fork would share, and which are about more than one call: what they allowed may happen
 * in the fork again. Those about a call are shared only with the call's end; of one that is made anew they are asked
 * again. AF_FORK_INVALID.
 */
export function sharedAnswers(
  events: readonly RunEvent[],
  request: ForkRequest,
): readonly RunEventData['approval.requested'][] {
  if (events.length === 0) return [];
  const { from } = placeOfFork(events, request);
  const asked = new Map<string, RunEventData['approval.requested']>();
  const shared: RunEventData['approval.requested'][] = [];
  for (const { type, data } of events.slice(0, from - 1)) {
    if (type === 'approval.requested' && data.callId === undefined) asked.set(data.approvalId, data);
    if (type !== 'approval.resolved' || data.outcome !== 'approved') continue;
    const question = asked.get(data.approvalId);
    if (question) shared.push(question);
  }
  return shared;
}
