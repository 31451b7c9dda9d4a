import type { Journal, QuotaChange, Quotas, TenantJournal, TenantQuotas } from '@agent-factory/sdk/contracts';
import { finalEvents, type Run, type RunEvent } from '@agent-factory/sdk/domain';

/** A journal that counts what happens to runs, in the transactions that write it. */
export function meterJournal(journal: Journal, quotas: Quotas): Journal {
  return {
    tenant: (id) => meterTenant(journal.tenant(id), quotas.tenant(id)),
    renew: (leases) => journal.renew(leases),
    abandoned: (options) => journal.abandoned(options),
  };
}

/** It waits for nothing before an append, so that those of a run stay in their order. */
function meterTenant(journal: TenantJournal, quotas: TenantQuotas): TenantJournal {
  return {
    append(events, run, lease, along = []) {
      const change = changeOf(events, run);
      const counted = change ? quotas.count(change) : [];
      return journal.append(events, run, lease, counted.length > 0 ? [...along, ...counted] : along);
    },
    claim: (runId, owner) => journal.claim(runId, owner),
    release: (runId, lease) => journal.release(runId, lease),
    leaveWish: (runId, wish) => journal.leaveWish(runId, wish),
    read: (runId, options) => journal.read(runId, options),
    follow: (runId, options) => journal.follow(runId, options),
    run: (runId) => journal.run(runId),
    runByKey: (key) => journal.runByKey(key),
    runs: (query) => journal.runs(query),
    verify: (runId) => journal.verify(runId),
  };
}

/** What of the events is counted; `undefined` where nothing is, as for most. */
export function changeOf(events: readonly RunEvent[], { id, parent, forkOf }: Run): QuotaChange | undefined {
  let begins = false;
  let place: QuotaChange['place'];
  let tokens = 0;
  let nanoUsd = 0;
  for (const event of events) {
    const { type } = event;
    if (type === 'run.created') begins = true;
    else if (type === 'run.resumed' || (type === 'run.started' && event.data.attempt > 1)) place = 'taken';
    else if (type === 'run.waiting' || finalEvents.has(type)) place = 'left';
    else if (type === 'model.responded') {
      // What a fork shares with its origin, or takes from there, was paid for once.
      if (forkOf && (event.seq <= forkOf.shared || forkOf.models === 'recorded')) continue;
      const { usage, costNanoUsd = 0 } = event.data;
      tokens += usage.inputTokens + usage.outputTokens;
      nanoUsd += costNanoUsd;
    }
  }
  // A run that another one started is part of that one; it would wait for a place that the other holds.
  if (parent) [begins, place] = [false, undefined];
  else if (begins) place ??= 'taken';
  if (!begins && !place && tokens === 0 && nanoUsd === 0) return undefined;
  return {
    runId: id,
    ...(begins && { begins }),
    ...(place && { place }),
    ...(tokens > 0 && { tokens }),
    ...(nanoUsd > 0 && { nanoUsd }),
  };
}
