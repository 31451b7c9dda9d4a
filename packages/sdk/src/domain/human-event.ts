import type { Json, JsonObject } from '../json.ts';
import type { ToolQuestion } from './tool-question.ts';

/** What people, and other programs, are asked by a run and tell it. */
export interface HumanEventData {
  /** A person is asked for permission. */
  readonly 'approval.requested': {
    /** Unique in the run; what the answer names. */
    readonly approvalId: string;
    readonly path?: string;
    readonly prompt: string;
    /** Permission the person needs. */
    readonly permission?: string;
    /** The tool call that it is about, with the input as it would be made. */
    readonly callId?: string;
    readonly tool?: string;
    readonly input?: JsonObject;
    /** SHA-256 of the input in canonical JSON, hex: the answer holds for this input alone, once. */
    readonly inputHash?: string;
    /** When the question is over, in milliseconds since the epoch. */
    readonly expiresAt?: number;
  };
  /** The answer; `expired` when none came in time. `id`: sending the answer again with the same one changes nothing. */
  readonly 'approval.resolved': {
    readonly id?: string;
    readonly approvalId: string;
    readonly outcome: 'approved' | 'rejected' | 'expired';
    /** Who answered. */
    readonly by?: string;
    readonly reason?: string;
    /** What the call is made with instead, where the person changed it. */
    readonly input?: JsonObject;
  };
  /**
   * A tool call was in flight when the platform stopped, and must not be repeated: a person is asked what became of it.
   * Or, with `input`, it is a tool of whoever runs the agent, who is asked to call it with that. Or, with `question`, a
   * tool asks whoever started the run, and is called again with the answer; `callId` names the question then.
   */
  readonly 'decision.requested': {
    readonly callId: string;
    readonly tool: string;
    readonly path?: string;
    readonly detail: string;
    readonly input?: JsonObject;
    readonly question?: ToolQuestion;
  };
  /**
   * A person said what became of such a call: `done`, with what it gave; `repeat` it; or `abandon` it: its outcome is
   * not known.
   */
  readonly 'decision.resolved': {
    readonly id?: string;
    readonly callId: string;
    readonly outcome: 'done' | 'repeat' | 'abandon';
    readonly output?: Json;
    readonly by?: string;
    readonly reason?: string;
  };
  /** Something was sent to the run. Sending again with the same id changes nothing. */
  readonly 'event.received': {
    readonly id: string;
    readonly name: string;
    readonly data: Json;
    readonly by?: string;
  };
}
