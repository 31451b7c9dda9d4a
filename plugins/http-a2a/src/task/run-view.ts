import type { JsonObject } from '@agent-factory/sdk';
import {
  allows,
  openWaits,
  type OpenWait,
  type Principal,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import type { TaskState } from '../wire.ts';

/** A call of a tool that somebody is asked about. */
interface AskedCall {
  readonly tool: string;
  readonly input: JsonObject;
}

/** Something that is waited for, by which run, and what it is about. */
export interface OpenQuestion extends OpenWait {
  readonly call?: AskedCall;
}

/** A run, and what it waits for in the end. */
export interface RunView {
  readonly run: Run;
  readonly open: readonly OpenQuestion[];
  /** When it came to stand where it stands, in milliseconds since the epoch. */
  readonly at: number;
}

type Runs = Pick<TenantRuntime, 'get' | 'events'>;

/** A run as it stands, and as far as somebody may see it. */
export async function viewOf(
  runs: Runs,
  run: Run,
  principal: Pick<Principal, 'permissions' | 'grants'>,
): Promise<RunView> {
  const waits = await openWaits(runs, run);
  const open = await Promise.all(
    waits.map(async (one): Promise<OpenQuestion> => {
      // What a model would have a tool do is for those who may read the journal: no check of the output looked at it.
      const call = allows(principal, 'runs:read', `runs/${one.run.id}`) && (await callOf(runs, one));
      return call ? { ...one, call } : one;
    }),
  );
  return { run, open, at: await changedAt(runs, run) };
}

/** The call that a question for permission is about, where it is about one. */
async function callOf(runs: Runs, { run, wait }: OpenWait): Promise<AskedCall | undefined> {
  if (wait.kind !== 'approval') return undefined;
  for await (const { type, seq, data } of runs.events(run.id)) {
    if (type === 'approval.requested' && data.approvalId === wait.approvalId) {
      const { tool, input } = data;
      return tool !== undefined && input !== undefined ? { tool, input } : undefined;
    }
    if (seq >= run.lastSeq) return undefined;
  }
  return undefined;
}

/** A run that waits does not say since when: its last event does. */
async function changedAt(runs: Runs, run: Run): Promise<number> {
  const { id, status, lastSeq, createdAt, startedAt = createdAt, endedAt } = run;
  if (status === 'waiting') for await (const { at } of runs.events(id, { after: lastSeq - 1 })) return at;
  return endedAt ?? startedAt;
}

/** Where a run stands, in the words of the protocol. One that waits for a time or another run is at work. */
export function stateOf({ run: { status }, open }: Pick<RunView, 'run' | 'open'>): TaskState {
  if (status === 'queued') return 'TASK_STATE_SUBMITTED';
  if (status === 'succeeded') return 'TASK_STATE_COMPLETED';
  if (status === 'failed') return 'TASK_STATE_FAILED';
  if (status === 'cancelled') return 'TASK_STATE_CANCELED';
  return open.some(({ wait }) => wait.kind !== 'timer') ? 'TASK_STATE_INPUT_REQUIRED' : 'TASK_STATE_WORKING';
}
