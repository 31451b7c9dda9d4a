import type { Run, RunSubject } from '@agent-factory/sdk/domain';
import { acceptChild } from './accept-run.ts';
import { runKey } from './active-runs.ts';
import { cancelRun } from './cancel-run.ts';
import type { LiveRun } from './live-run.ts';
import type { ChildCall } from './run-effects.ts';
import { isFinal } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** Starts the runs that other runs start, and waits for them as long as they are worked on here. */
export interface ChildRuns {
  /** What is executed under a name, exactly, as it is now. */
  resolve(tenant: string, kind: RunSubject['kind'], name: string): Promise<RunSubject>;
  run(parent: LiveRun, call: ChildCall): Promise<Run | undefined>;
  /** Has one ended; resolves once that is on its way, and not only once it has. */
  cancel(parent: LiveRun, runId: string): Promise<void>;
}

/** Creates what starts children. */
export function createChildRuns(context: () => RuntimeContext): ChildRuns {
  return {
    async resolve(tenant, kind, name) {
      const { definitions } = context();
      const { subject } = await definitions.named(tenant, kind, name);
      // Kept before it is named in a journal, so that it can be executed later, whatever becomes of the definition.
      await definitions.keep(tenant, subject);
      return subject;
    },
    async run(parent, call) {
      const { active, journal } = context();
      const address = { tenant: parent.tenant, runId: call.runId };
      const runs = journal.tenant(parent.tenant);
      const known = await runs.run(call.runId);
      if (!known) await acceptChild(parent, call, context());
      const here = active.runs.get(runKey(address));
      const outcome = await here?.done;
      if (outcome && 'run' in outcome) return isFinal(outcome.run) ? outcome.run : undefined;
      const run = await runs.run(call.runId);
      return run && isFinal(run) ? run : undefined;
    },
    async cancel({ tenant }, runId) {
      const { during, log } = context();
      const reason = 'The run that started it does not need it any more.';
      during(
        cancelRun({ tenant, runId }, reason, context()).then(
          () => {},
          (error: unknown) => log.warn('a child run could not be cancelled', { run: runId, error }),
        ),
      );
    },
  };
}
