import type { Call } from './job-ledger.ts';

/** What a call in Redis asks for: jobs, and which call for them it is. */
export interface SentCall {
  readonly ids: readonly string[];
  readonly dispatch: number;
}

/** Jobs that one call may be for. More would leave other workers idle while one has them all. */
const mostTogether = 8;

/** The length of a job's id. */
const idLength = 36;

/** The name under which Redis has the call for a job. */
export function callName({ id, dispatch, packet }: Pick<Call, 'id' | 'dispatch' | 'packet'>): string {
  return packet ? `${packet}-p` : `${id}-${dispatch}`;
}

/** Reads what was sent under a name. Only the first call for a job is shared with others. */
export function readCall(name: string, data: unknown): SentCall {
  const shared = name.endsWith('-p') && Array.isArray(data);
  return shared
    ? { ids: data as string[], dispatch: 0 } // sent by a dispatcher
    : { ids: [name.slice(0, idLength)], dispatch: Number(name.slice(idLength + 1)) };
}

/**
 * Lets jobs that came together share calls, each named for its first job. Calls are most of what a small job costs.
 * Gives one name for each job, nothing for those with a call of their own.
 */
export function sharedCalls(
  jobs: readonly {
    readonly id: string;
    readonly queue: string;
    readonly priority: number;
    readonly delayMs: number;
  }[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const open = new Map<string, string[]>();
  for (const { id, queue, priority, delayMs } of jobs) {
    if (delayMs > 0) continue;
    const kind = `${priority} ${queue}`;
    let ids = open.get(kind);
    if (ids === undefined || ids.length === mostTogether) open.set(kind, (ids = []));
    ids.push(id);
    const [first = id, second] = ids;
    if (second === undefined) continue;
    if (ids.length === 2) names.set(first, first);
    names.set(id, first);
  }
  return names;
}
