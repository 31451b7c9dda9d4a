import type { Json, JsonObject, ValidationProblem } from '@agent-factory/sdk';
import type { Run, RunFailure, RunSubject, RunWait, ToolEffect } from '@agent-factory/sdk/domain';
import type { ReadyGuardrail } from '../guard/guardrails.ts';
import type { ReadyApproval } from './approve-call.ts';
import type { ToolEntry } from './tool-set.ts';

/** A wish to have a tool called: of a model, or of a workflow's step. */
export interface CallWish {
  readonly callId: string;
  /** Name of the tool. */
  readonly tool: string;
  /** The tool itself; `undefined` when there is none of that name. */
  readonly entry: ToolEntry | undefined;
  /** Names that could be meant instead. */
  readonly known: readonly string[];
  readonly input: JsonObject;
  /** What was written in place of an input. */
  readonly malformed?: string;
  /** The same on every attempt. */
  readonly idempotencyKey: string;
  /** Attempts begun before; 0 before the first. */
  readonly attempt: number;
  /** The turn of the answer that asked for it; 0 in a workflow. */
  readonly turn: number;
  readonly path?: string;
  /** Name of who asks, for plugins that look at calls. */
  readonly agent: string;
  readonly timeoutMs?: number;
  /** Aborted when nobody needs the result any more. A call that cannot be repeated is let go on all the same. */
  readonly signal?: AbortSignal;
  /** Whether a person must allow it. */
  readonly approval?: ReadyApproval | undefined;
  /** What looks at its input and result. */
  readonly guardrails?: readonly ReadyGuardrail[];
  /** The run that answers it, where no tool does. */
  readonly child?: ChildTarget;
}

/** A run that answers a call. */
export interface ChildTarget {
  readonly kind: RunSubject['kind'];
  readonly name: string;
  /** Path under which it is started. */
  readonly path: string;
  /** What is wrong with the input of the call. */
  check(input: JsonObject): readonly ValidationProblem[];
  /** What it is given. */
  inputOf(input: JsonObject): Run['input'];
}

/** How a call ended, or what it waits for; `undefined` when the run was stopped first. */
export type CallEnd =
  | { readonly output: Json }
  | { readonly error: RunFailure }
  | { readonly waits: RunWait }
  | undefined;

/** Whether a call changes nothing, so that it does not matter whether it is known to have been made. */
export function onlyReads(effect: ToolEffect | undefined): boolean {
  return effect === 'pure' || effect === 'read';
}

/** Whether a call may be made again when it is not known what became of it. */
export function isRepeatable(effect: ToolEffect | undefined): boolean {
  return onlyReads(effect) || effect === 'idempotent-write';
}
