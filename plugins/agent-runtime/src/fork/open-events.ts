import type { RunEvent } from '@agent-factory/sdk/domain';
import { callOfDecision } from '../tool/call-dialogue.ts';

/** The events of what has begun and not ended at the end of a list: with what people, and guardrails, said of it. */
export function openEvents(before: readonly RunEvent[]): ReadonlySet<RunEvent> {
  const calls = callsOfQuestions(before);
  const open = new Set<RunEvent>();
  const ended = new Set<string>();
  for (const event of before.toReversed()) {
    for (const what of endsOf(event)) ended.add(what);
    const begun = pieceOf(event, calls);
    if (begun !== undefined && !ended.has(begun)) open.add(event);
  }
  return open;
}

/** Which calls people were asked about, by the id of the question. */
function callsOfQuestions(events: readonly RunEvent[]): ReadonlyMap<string, string> {
  const calls = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'approval.requested' && data.callId !== undefined) calls.set(data.approvalId, data.callId);
  }
  return calls;
}

function endsOf({ type, data }: RunEvent): readonly string[] {
  switch (type) {
    case 'tool.finished':
      return [`call ${data.callId}`];
    case 'child.finished':
      return [`child ${data.path}`];
    case 'model.responded':
    case 'model.failed':
      return [`turn ${data.turn}`, `question ${data.turn} ${data.path ?? ''}`];
    default:
      return [];
  }
}

/** What it is a beginning or a piece of; a piece of an answer does not name the path of its question. */
function pieceOf({ type, data }: RunEvent, calls: ReadonlyMap<string, string>): string | undefined {
  switch (type) {
    case 'tool.started':
    case 'tool.retried':
    case 'tool.reported':
      return `call ${data.callId}`;
    case 'decision.requested':
    case 'decision.resolved':
      return `call ${callOfDecision(data.callId)}`;
    case 'approval.requested':
    case 'guardrail.tripped':
      return data.callId === undefined ? undefined : `call ${data.callId}`;
    case 'approval.resolved': {
      const callId = calls.get(data.approvalId);
      return callId === undefined ? undefined : `call ${callId}`;
    }
    case 'child.started':
      return `child ${data.path}`;
    case 'model.requested':
      return `question ${data.turn} ${data.path ?? ''}`;
    case 'message.delta':
    case 'tool.delta':
      return `turn ${data.turn}`;
    default:
      return undefined;
  }
}
