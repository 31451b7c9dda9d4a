import type { TenantRuntime } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';

/** Events of a run up to its last one now, and after them those of the runs it started. */
export async function eventsWithin(
  runs: Pick<TenantRuntime, 'events' | 'get'>,
  runId: string,
  signal: AbortSignal,
): Promise<readonly RunEvent[]> {
  const { lastSeq } = await runs.get(runId);
  const events: RunEvent[] = [];
  for await (const event of runs.events(runId, { signal })) {
    events.push(event);
    if (event.seq >= lastSeq) break;
  }
  signal.throwIfAborted();
  const children = events.flatMap((event) => (event.type === 'child.started' ? [event.data.runId] : []));
  for (const child of children) events.push(...(await eventsWithin(runs, child, signal)));
  return events;
}
