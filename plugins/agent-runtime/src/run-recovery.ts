import type { RunAddress, RunLease, TenantJournal } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { runKey } from './active-runs.ts';
import { errors } from './errors.ts';
import { failureOf } from './failure.ts';
import { now, type HeldRun } from './held-run.ts';
import { LiveRun } from './live-run.ts';
import { appendTo } from './lone-append.ts';
import { stateAfter } from './run-state.ts';
import type { RuntimeContext } from './runtime-context.ts';

const eventsPerPage = 1000;

/**
 * Makes this process the owner of a run and goes on with it from its events; a run whose agent is no longer what it was
 * is ended. `undefined` when there is nothing to do: it is somebody else's, waits, or has ended. `unreleased`: a
 * lease of this process that is to be given back first.
 */
export async function resumeRun(
  address: RunAddress,
  context: RuntimeContext,
  unreleased?: RunLease,
): Promise<LiveRun | undefined> {
  const { active, owner, signal } = context;
  const { tenant, runId } = address;
  const key = runKey(address);
  if (active.runs.has(key)) return undefined;
  const journal = context.journal.tenant(tenant);
  if (unreleased) await journal.release(runId, unreleased);
  const since = now();
  const lease = await journal.claim(runId, owner);
  if (!lease) return undefined;
  const held = context.hold(address, lease, since);
  let live: LiveRun | undefined;
  try {
    if (!signal.aborted) live = await goOn(held, journal, context);
    return live;
  } finally {
    // Others need not wait for the end of a lease that nobody uses; one that is lost already is no error.
    if (!live) await held.release().catch(() => {});
  }
}

async function goOn(
  held: HeldRun,
  journal: TenantJournal,
  context: RuntimeContext,
): Promise<LiveRun | undefined> {
  const { agents, log } = context;
  const { runId } = held.address;
  const state = stateAfter(await eventsOf(journal, runId));
  if (!state || context.signal.aborted) return undefined;
  const { status, subject, usage } = state.run;
  const { name, hash } = subject;
  if (status !== 'queued' && status !== 'running') return undefined;
  const agent = agents.get(name);
  if (agent?.hash === hash) {
    if (state.attempt > 0)
      log.info('a run goes on from its journal', { run: runId, agent: name, event: state.run.lastSeq });
    return context.launch(held, (options) => new LiveRun(agent, state, options), state.attempt + 1);
  }
  const error = errors.AF_RUN_AGENT_CHANGED({ agent: name, change: agent ? 'changed' : 'was removed' });
  log.warn(error.message, { run: runId });
  const failed = { type: 'run.failed', data: { error: failureOf(error, () => error), usage } } as const;
  await appendTo(held, state.run, [failed], context);
  return undefined;
}

/** Every event of a run, in order. */
async function eventsOf(journal: TenantJournal, runId: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await journal.read(runId, { after: events.length, limit: eventsPerPage });
    events.push(...page);
    if (page.length < eventsPerPage) return events;
  }
}
