import { eventsOfRun, type ForkedRun, type ForkRequest, type RunRequest } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { RunEvent, RunEventData } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { newRunId } from '../run/run-id.ts';
import { progressAfter } from '../run/run-progress.ts';
import { tightened, withinMost } from '../run/run-limits.ts';
import { checkRequest } from '../run/run-request.ts';
import { runOf } from '../run/run-wait.ts';
import type { RuntimeContext } from '../run/runtime-context.ts';
import { tellAll } from '../run/tell-events.ts';
import { withinQuotas } from '../run/within-quotas.ts';
import { placeOfFork } from './fork-place.ts';
import { forkedSubject, type ForkedSubjectParts } from './forked-subject.ts';
import { sharedEvents } from './shared-events.ts';

/** Starts a run that shares the beginning of another one. */
export async function forkRun(
  tenant: string,
  runId: string,
  request: ForkRequest,
  context: RuntimeContext,
  parts: ForkedSubjectParts,
): Promise<ForkedRun> {
  const journal = context.journal.tenant(tenant);
  await runOf(journal, runId);
  const { idempotencyKey: key, overrides = {}, models, tools } = request;
  checkRequest({ agent: '', input: '', ...(key !== undefined && { idempotencyKey: key }) });
  const events = await eventsOfRun(journal, runId);
  const { from, reason } = placeOfFork(events, request);
  const told = { from, step: events[from - 1]?.type ?? '', reason };
  const known = key === undefined ? undefined : await journal.runByKey(key);
  if (known) return { run: known, ...told };
  const [first] = events;
  if (first?.type !== 'run.created') throw new Error('a run begins with its creation');

  const before = events.slice(0, from - 1);
  const changed = await forkedSubject(tenant, before, overrides, parts);
  const subject = changed && changed.handoff === undefined ? changed.subject : first.data.subject;
  const loaded = await context.definitions.pinned(tenant, subject);
  const executor = context.executors.get(subject.kind);
  if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: subject.kind });
  const { input: given, limits } = overrides;
  const input =
    given === undefined ? first.data.input : executor.inputOf(loaded, given as RunRequest['input']); // checked there
  if (models !== 'recorded') executor.assertReady(loaded);

  const { parent: _parent, idempotencyKey: _key, trace: _trace, ...rest } = first.data;
  const allowed = await withinMost({ ...rest.limits, ...tightened({}, limits) }, tenant, context);
  const created = (shared: number): RunEventData['run.created'] => ({
    ...rest,
    subject,
    input,
    limits: allowed,
    ...(key !== undefined && { idempotencyKey: key }),
    forkOf: {
      runId,
      seq: from,
      shared,
      ...(models === 'recorded' && { models }),
      ...(tools === 'recorded' && { tools }),
    },
  });
  const rewritten =
    changed?.handoff === undefined ? events : withHandoff(events, changed.handoff, changed.subject);
  const shared = sharedEvents(rewritten, { runId: newRunId(), from, created, now: Date.now() });
  const run = await withinQuotas(context.quotas, tenant, () => begin(tenant, shared, context, loaded));
  return { run, ...told };
}

function withHandoff(
  events: readonly RunEvent[],
  index: number,
  to: RunEventData['handoff']['to'],
): readonly RunEvent[] {
  return events.map((event, at) =>
    at === index && event.type === 'handoff' ? { ...event, data: { ...event.data, to } } : event,
  );
}

/** All that is shared is written with the first event of the fork's own, or for the workers. */
async function begin(
  tenant: string,
  events: readonly RunEvent[],
  context: RuntimeContext,
  loaded: Awaited<ReturnType<RuntimeContext['definitions']['pinned']>>,
): Promise<ForkedRun['run']> {
  const { role, config, journal, tell, log } = context;
  const progress = progressAfter(events);
  const [created] = events;
  if (!progress || created?.type !== 'run.created') throw new Error('a run begins with its creation');
  const address = { tenant, runId: created.runId };
  const key = created.data.idempotencyKey;
  try {
    if (role === 'api' && config.execute === 'auto') {
      await journal.tenant(tenant).append(events, progress.run);
      context.during(tellAll(tell, events, log));
      context.during(context.callWorkers(address, false));
      return progress.run;
    }
    const held = context.hold(address, { ...context.owner, fence: 1 });
    const start = { loaded, created, progress, past: events.slice(1), pending: events };
    return await context.launch(held, start).accepted;
  } catch (error) {
    // Somebody else was first with the key, at the same moment.
    const isTaken = key !== undefined && isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
    const run = isTaken ? await journal.tenant(tenant).runByKey(key) : undefined;
    if (run) return run;
    throw error;
  }
}
