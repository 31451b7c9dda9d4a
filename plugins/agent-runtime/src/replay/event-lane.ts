import type { RunEvent } from '@agent-factory/sdk/domain';
import { callOfDecision } from '../tool/call-dialogue.ts';

/**
 * What does one thing after another: a step of a workflow, a call of a tool, a run started, a question to a person, and
 * the run itself with all that its agent does. Events of one lane have one order; those of two may come as they come.
 */
export function laneOf({ type, data }: Pick<RunEvent, 'type' | 'data'>): string {
  switch (type) {
    case 'tool.started':
    case 'tool.finished':
    case 'tool.reported':
    case 'tool.retried':
    case 'decision.requested':
    case 'decision.resolved': {
      const { callId } = data as { readonly callId: string }; // each of them has one
      return `call ${stepOf(callOfDecision(callId))}`;
    }
    case 'child.started':
    case 'child.finished': {
      const { path } = data as { readonly path: string }; // both have one
      return `call ${stepOf(path)}`;
    }
    case 'step.started':
    case 'step.finished':
    case 'step.retried':
    case 'step.skipped':
    case 'route.decided': {
      const { path } = data as { readonly path: string }; // each of them has one
      return `call ${path}`;
    }
    case 'approval.requested':
    case 'approval.resolved': {
      const { approvalId } = data as { readonly approvalId: string }; // both have one
      return `question ${approvalId}`;
    }
    case 'guardrail.tripped': {
      const { callId } = data as { readonly callId?: string };
      return callId === undefined ? 'run' : `call ${callId}`;
    }
    case 'model.requested':
    case 'model.responded':
    case 'model.failed': {
      const { path } = data as { readonly path?: string };
      return path === undefined ? 'run' : `call ${path}`;
    }
    default:
      return 'run';
  }
}

/** The step of one of its attempts. */
function stepOf(path: string): string {
  return path.replace(/#\d+$/, '');
}
