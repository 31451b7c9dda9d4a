import type { Json, JsonObject } from '../json.ts';
import type { RunFailure } from './run.ts';

/**
 * What happens to the steps of a workflow or a router. A step's path names it within its run: the node's id, with
 * the place in a map or loop and the node within it behind it (`triage`, `each[3].body`).
 */
export interface StepEventData {
  /** A step begins: the intent, written before its effect. */
  readonly 'step.started': {
    readonly path: string;
    readonly attempt: number;
    /** What it is given, once its mapping was evaluated. */
    readonly input?: Json;
    /** Path of the step that this one undoes. */
    readonly compensates?: string;
  };
  /** A step ended, well or not; an error is its last. */
  readonly 'step.finished': {
    readonly path: string;
    readonly output?: Json;
    readonly error?: RunFailure;
    readonly durationMs: number;
  };
  /** An attempt failed, and the next begins at `at` (milliseconds since the epoch). */
  readonly 'step.retried': {
    readonly path: string;
    /** The attempt that failed. */
    readonly attempt: number;
    readonly error: RunFailure;
    readonly at: number;
  };
  /** A step will not be done: another way was taken, or it is not needed any more. */
  readonly 'step.skipped': { readonly path: string; readonly reason: string };
  /** A condition chose a way. */
  readonly 'route.decided': {
    /** The step, or the agent, after which it was decided. */
    readonly path: string;
    /** The step or agent that follows; `null` when no condition held. */
    readonly target: string | null;
    readonly evaluator: string;
    /** What the evaluator gave. */
    readonly value: Json;
    /** The values its conditions read. */
    readonly saw: JsonObject;
    /** From 0 to 1, where the evaluator is not sure. */
    readonly confidence?: number;
    readonly reason?: string;
  };
}
