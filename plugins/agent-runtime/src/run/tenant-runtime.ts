import { randomUUID } from 'node:crypto';
import type { TenantJournal, TenantRuntime } from '@agent-factory/sdk/contracts';
import { acceptRun } from './accept-run.ts';
import { cancelRun } from './cancel-run.ts';
import { checkedEvents } from './checked-events.ts';
import { deliverMessage } from './deliver-message.ts';
import { runOf, settledRun } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** The runtime as one tenant sees it. Cheap: made anew for each piece of work. */
export function createTenantRuntime(tenant: string, context: RuntimeContext): TenantRuntime {
  const journal = (): TenantJournal => context.journal.tenant(tenant);
  return {
    definitions: context.definitionsOf(tenant),
    start: (request) => acceptRun(tenant, request, context),
    wait: (runId, options) => settledRun(journal(), context.active, { tenant, runId }, options?.signal),
    get: (runId) => runOf(journal(), runId),
    list: (query) => journal().runs(query),
    events: (runId, options) => checkedEvents(journal(), runId, options),
    approve: (runId, answer) =>
      deliverMessage({ tenant, runId }, { kind: 'approval', id: randomUUID(), ...answer }, context),
    decide: (runId, answer) =>
      deliverMessage({ tenant, runId }, { kind: 'decision', id: randomUUID(), ...answer }, context),
    send: (runId, event) =>
      deliverMessage({ tenant, runId }, { kind: 'event', id: randomUUID(), data: null, ...event }, context),
    cancel: (runId, reason = 'A client asked for it.') => cancelRun({ tenant, runId }, reason, context),
  };
}
