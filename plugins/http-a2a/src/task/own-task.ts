import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { Principal, TenantRuntime } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

/** What is kept with a run that began at this door. */
export interface TaskMark {
  readonly messageId: string;
  /** As the client sent it with the message. */
  readonly metadata?: JsonObject;
}

/** Whose tasks are meant, and with whom. */
export interface TaskOwner {
  readonly principal: Pick<Principal, 'id' | 'permissions' | 'grants'>;
  readonly agent: string;
}

/** The mark of a run that began here. */
export function markOf({ metadata }: Pick<Run, 'metadata'>): TaskMark | undefined {
  return metadata?.['a2a'] as TaskMark | undefined; // as `begin-task` writes it
}

/** Whether a run is a task of somebody: begun here, by them, with this agent. */
export function isOwn(run: Run, { principal, agent }: TaskOwner): boolean {
  const { subject, metadata, parent } = run;
  const isOfAgent = subject.kind === 'agent' && subject.name === agent;
  return isOfAgent && !parent && metadata?.['askedBy'] === principal.id && markOf(run) !== undefined;
}

/** The run of a task. AF_A2A_TASK_UNKNOWN, also for what is somebody else's: nobody learns that it is there. */
export async function ownTask(runs: Pick<TenantRuntime, 'get'>, id: string, owner: TaskOwner): Promise<Run> {
  try {
    const run = await runs.get(id);
    if (isOwn(run, owner)) return run;
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_RUN_NOT_FOUND')) throw error;
  }
  throw errors.AF_A2A_TASK_UNKNOWN({ task: id.slice(0, 100) });
}
