import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  eventsOfRun,
  type RunAddress,
  type RunLease,
  type TenantJournal,
} from '@agent-factory/sdk/contracts';
import type { RunWait } from '@agent-factory/sdk/domain';
import { runKey } from './active-runs.ts';
import { failureOf } from './failure.ts';
import { now, type HeldRun } from './held-run.ts';
import type { LiveRun } from './live-run.ts';
import { appendTo } from './lone-append.ts';
import type { NewEvent, RunInput } from './run-input.ts';
import { progressAfter, type RunProgress } from './run-progress.ts';
import { isFinal } from './run-wait.ts';
import type { RuntimeContext } from './runtime-context.ts';

/** How a run is to be gone on with. */
export interface ResumeOptions {
  /** A lease of this process that is to be given back first. */
  readonly unreleased?: RunLease | undefined;
  /** What came from outside for it, which it takes in first. */
  readonly input?: RunInput;
}

/** What came of it: nobody could claim it; it was gone on with here; or it was written to, and is left. */
export type Resumed =
  | { readonly kind: 'owned' }
  | { readonly kind: 'working'; readonly live: LiveRun }
  | { readonly kind: 'left'; readonly changed: boolean };

/**
 * Makes this process the owner of a run and goes on with it from its events, with the definition it began with. One
 * that waits goes on when what it waits for has happened.
 */
export async function resumeRun(
  address: RunAddress,
  context: RuntimeContext,
  { unreleased, input }: ResumeOptions = {},
): Promise<Resumed> {
  const { active, owner, signal } = context;
  const { tenant, runId } = address;
  if (active.runs.has(runKey(address))) return { kind: 'owned' };
  const journal = context.journal.tenant(tenant);
  if (unreleased) await journal.release(runId, unreleased);
  const since = now();
  const lease = await journal.claim(runId, owner);
  if (!lease) return { kind: 'owned' };
  const held = context.hold(address, lease, since);
  let resumed: Resumed = { kind: 'left', changed: false };
  try {
    if (!signal.aborted) resumed = await goOn(held, journal, context, input);
    return resumed;
  } finally {
    // Others need not wait for the end of a lease that nobody uses; one that is lost already is no error.
    if (resumed.kind !== 'working') await held.release().catch(() => {});
  }
}

async function goOn(
  held: HeldRun,
  journal: TenantJournal,
  context: RuntimeContext,
  input: RunInput | undefined,
): Promise<Resumed> {
  const { log, role, config } = context;
  const { runId, tenant } = held.address;
  const events = await eventsOfRun(journal, runId);
  const progress = progressAfter(events);
  const [created] = events;
  if (!progress || created?.type !== 'run.created' || context.signal.aborted)
    return { kind: 'left', changed: false };
  const news = [...(input?.eventsFor(progress) ?? [])];
  if (progress.run.status === 'waiting' && !news.some(({ type }) => type === 'run.resumed')) {
    const reason = await dueReason(progress, journal);
    if (reason) news.push({ type: 'run.resumed', data: { reason } });
  }
  const staysWaiting = progress.run.status === 'waiting' && !news.some(({ type }) => type === 'run.resumed');
  const isLeft = staysWaiting || (role === 'api' && config.execute === 'auto');
  if (isLeft || context.signal.aborted) {
    const run = news.length > 0 ? await appendTo(held, progress.run, news, context) : progress.run;
    if (!staysWaiting && run.status === 'running') context.during(context.callWorkers(held.address, true));
    return { kind: 'left', changed: news.length > 0 };
  }
  const { subject } = progress.run;
  let loaded;
  try {
    loaded = await context.definitions.pinned(tenant, subject);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_RUN_DEFINITION_LOST')) throw error;
    log.warn(error.message, { run: runId });
    const { usage } = progress.run;
    const failed: NewEvent = { type: 'run.failed', data: { error: failureOf(error, () => error), usage } };
    await appendTo(held, progress.run, [failed], context);
    return { kind: 'left', changed: true };
  }
  if (progress.attempt > 0)
    log.info('a run goes on from its journal', { run: runId, of: subject.name, event: progress.run.lastSeq });
  const live = context.launch(held, { loaded, progress, created, past: events.slice(1), news });
  return { kind: 'working', live };
}

/** Why a waiting run can go on; `undefined` when it cannot yet. */
async function dueReason({ run }: RunProgress, journal: TenantJournal): Promise<RunWait['kind'] | undefined> {
  for (const wait of run.waitingFor ?? []) {
    if (wait.kind !== 'child') continue;
    const child = await journal.run(wait.runId);
    if (!child || isFinal(child)) return 'child';
  }
  return run.wakeAt !== undefined && run.wakeAt <= Date.now() ? 'timer' : undefined;
}
