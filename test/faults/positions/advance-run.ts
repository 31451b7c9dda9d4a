import { setTimeout as sleep } from 'node:timers/promises';
import type { Kernel } from '@agent-factory/kernel';
import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Run } from '@agent-factory/sdk/domain';
import { runKey } from './position-platform.ts';

/**
 * Starts the run, or finds it, and sees it to its end: says yes to what it asks, and says what became of calls whose
 * outcome it does not know, for which `wasDone` looks.
 */
export async function advanceRun(kernel: Kernel, wasDone: (tool: string) => boolean): Promise<Run> {
  const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  const { id } = await runs.start({ workflow: 'refund', input: {}, idempotencyKey: runKey });
  for (;;) {
    const run = await runs.wait(id);
    if (run.status !== 'waiting') return run;
    for (const wait of run.waitingFor ?? []) {
      try {
        if (wait.kind === 'approval') {
          await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved', by: 'ada' });
        } else if (wait.kind === 'decision') {
          const outcome = wasDone(wait.tool) ? 'done' : 'repeat';
          await runs.decide(id, { callId: wait.callId, outcome, output: 'said by hand' });
        }
      } catch (error) {
        // It was answered before the process died that was told.
        if (!isAgentFactoryError(error, 'AF_APPROVAL_RESOLVED')) throw error;
      }
    }
    await sleep(5); // what else it waits for is found by timers, which all that is at hand here would hold up
  }
}
