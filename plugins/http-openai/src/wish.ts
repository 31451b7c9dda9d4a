import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { RunRequest } from '@agent-factory/sdk/contracts';
import type { CallerTool, Message } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import { targetOfModel } from './models.ts';

/** What a request asks for, whichever of the two protocols it speaks. */
export interface Wish {
  readonly model: string;
  readonly messages: readonly Message[];
  /** Results of calls that a run waits for; with them that run goes on, and nothing is begun. */
  readonly results: readonly CallResult[];
  readonly callerTools?: readonly CallerTool[];
  readonly output?: JsonSchema;
  readonly user?: string;
  readonly metadata?: JsonObject;
}

/** What came of a call of the caller's tool. */
export interface CallResult {
  /** As it was given: {@link callIdOf}. */
  readonly id: string;
  readonly output: string;
}

/** The id of a call as clients see it: they send it back with the result, and it says which run waits. */
export function callIdOf(runId: string, callId: string): string {
  return `${runId}.${callId}`;
}

/** The run and the call in such an id; `undefined` where it is none of ours. */
export function callOf(id: string): { readonly runId: string; readonly callId: string } | undefined {
  const [, runId, callId] = /^(run_[0-9a-z]+)\.(.+)$/s.exec(id) ?? [];
  return runId !== undefined && callId !== undefined ? { runId, callId } : undefined;
}

/** The request to the runtime. */
export function runRequestOf(
  { model, messages, callerTools, output, user, metadata }: Wish,
  idempotencyKey: string | undefined,
): RunRequest {
  const { kind, name } = targetOfModel(model);
  const more = {
    stream: true,
    ...(user !== undefined && { user }),
    ...(metadata && { metadata }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
  if (kind === 'workflow') {
    if (callerTools || output)
      throw errors.AF_OPENAI_UNSUPPORTED({ what: 'Tools and a format', reason: 'a workflow has its own' });
    return { workflow: name, input: workflowInput(messages), ...more };
  }
  if (kind === 'router') {
    if (callerTools || output)
      throw errors.AF_OPENAI_UNSUPPORTED({ what: 'Tools and a format', reason: 'a router has its own' });
    return { router: name, input: messages, ...more };
  }
  return {
    agent: name,
    input: messages,
    ...(callerTools && { callerTools }),
    ...(output && { output }),
    ...more,
  };
}

/** A workflow is given the last message: as JSON where it is an object or a list, as text otherwise. */
function workflowInput(messages: readonly Message[]): Json {
  const last = messages.findLast(({ role }) => role === 'user');
  if (!last || typeof last.content !== 'string')
    throw errors.AF_OPENAI_MESSAGES({ reason: 'a workflow wants a text of the user' });
  try {
    const value: unknown = JSON.parse(last.content);
    return typeof value === 'object' && value !== null ? (value as Json) : last.content; // what JSON.parse gives
  } catch {
    return last.content;
  }
}
