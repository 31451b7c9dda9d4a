import type { RunWait } from '@agent-factory/sdk/domain';
import type { RunScope } from './run-scope.ts';

const leastPollMs = 15_000;
const mostPollMs = 3_600_000;

/**
 * Emits that the run waits. It goes on by itself when the first of the times is over; for the end of a child, which
 * wakes it, it looks from time to time all the same, the more seldom the longer the child works.
 */
export function waitFor(scope: RunScope, waits: readonly RunWait[]): void {
  const now = scope.effects.now();
  const times = waits.flatMap((wait) => {
    if (wait.kind === 'child') return [now + pollMs(scope, wait.runId, now)];
    return 'until' in wait && wait.until !== undefined ? [wait.until] : [];
  });
  const wakeAt = times.length > 0 ? Math.ceil(Math.min(...times)) : undefined;
  scope.emit('run.waiting', { for: waits, ...(wakeAt !== undefined && { wakeAt }) });
}

function pollMs({ progress }: RunScope, runId: string, now: number): number {
  for (const child of progress.children.values())
    if (child.runId === runId) return Math.min(Math.max(now - child.at, leastPollMs), mostPollMs);
  return leastPollMs;
}
