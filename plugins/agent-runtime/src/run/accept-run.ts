import { isAgentFactoryError } from '@agent-factory/sdk';
import type { RunRequest, TenantJournal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type TraceContext } from '@agent-factory/sdk/domain';
import { traceIdOfRun } from '@agent-factory/sdk/tracing';
import { errors } from '../errors.ts';
import { callOfTool, withRequested } from './made-subject.ts';
import type { LiveRun } from './live-run.ts';
import type { ChildCall } from './run-effects.ts';
import type { LoadedSubject } from './run-executor.ts';
import { newRunId } from './run-id.ts';
import { firstProgress, type RunCreated } from './run-progress.ts';
import { childLimits, tightened, withinMost } from './run-limits.ts';
import { checkRequest, targetOf } from './run-request.ts';
import type { RuntimeContext } from './runtime-context.ts';
import { tellAll } from './tell-events.ts';
import { withinQuotas } from './within-quotas.ts';

/** How many runs may start one another in a row. */
const mostDepth = 16;

/** Accepts a run: owned by this process, which begins it at once, or left to the workers. */
export async function acceptRun(tenant: string, request: RunRequest, context: RuntimeContext): Promise<Run> {
  const { config, role, definitions, executors } = context;
  const target = targetOf(request);
  const { input: asked } = target;
  checkRequest(request);
  const { loaded, isLent } = await subjectOf(tenant, target, request, context);
  const { kind } = loaded.subject;
  const executor = executors.get(kind);
  if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind });
  const input = executor.inputOf(loaded, asked);
  const limits = tightened(await withinMost(loaded.limits, tenant, context), request.limits);
  const journal = context.journal.tenant(tenant);
  const { idempotencyKey: key, metadata, stream, session, user, trace } = request;
  const known = key === undefined ? undefined : await journal.runByKey(key);
  if (known) return known;
  executor.assertReady(loaded);
  if (!isLent) await definitions.keep(tenant, loaded.subject);
  const data = {
    subject: loaded.subject,
    input,
    limits,
    ...(stream && { stream }),
    ...(metadata && { metadata }),
    ...(key !== undefined && { idempotencyKey: key }),
    ...(session !== undefined && { session }),
    ...(user !== undefined && { user }),
    ...(trace && { trace }),
  };
  const event: RunCreated = { runId: newRunId(), seq: 1, type: 'run.created', at: Date.now(), data };
  const isQueued = role === 'api' && config.execute === 'auto';
  try {
    return await withinQuotas(context.quotas, tenant, () =>
      isQueued ? queueRun(tenant, journal, event, context) : beginRun(tenant, loaded, event, context),
    );
  } catch (error) {
    // Somebody else was first with the key, at the same moment.
    const first = key !== undefined && isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
    const run = first ? await journal.runByKey(key) : undefined;
    if (run) return run;
    throw error;
  }
}

/** What is run: the definition of that name; or one that is made for runs like this alone. */
async function subjectOf(
  tenant: string,
  { kind, name }: ReturnType<typeof targetOf>,
  request: RunRequest,
  context: RuntimeContext,
): Promise<{ readonly loaded: LoadedSubject; readonly isLent: boolean }> {
  const { definitions } = context;
  if (kind === 'tool') {
    const made = await callOfTool(tenant, name, context);
    const subject = await definitions.lend(tenant, 'workflow', made);
    return { loaded: await definitions.pinned(tenant, subject), isLent: true };
  }
  const named = await definitions.named(tenant, kind, name);
  const changed = await withRequested(tenant, named, request, context);
  if (!changed) return { loaded: named, isLent: false };
  const subject = await definitions.lend(tenant, 'agent', changed);
  return { loaded: await definitions.pinned(tenant, subject), isLent: true };
}

/** Begins a run that another one starts, in this process; one that was begun before stays as it is. */
export async function acceptChild(parent: LiveRun, call: ChildCall, context: RuntimeContext): Promise<void> {
  const { tenant, progress } = parent;
  const { runId, path, subject, input } = call;
  const { metadata, user, forkOf, parent: grandparent } = progress.run;
  const depth = (grandparent?.depth ?? 0) + 1;
  if (depth > mostDepth) throw errors.AF_RUN_TOO_DEEP({ max: mostDepth, name: subject.name });
  const loaded = await context.definitions.pinned(tenant, subject);
  const data = {
    subject,
    input,
    limits: await withinMost(childLimits(parent, loaded), tenant, context),
    ...(progress.stream && { stream: true }),
    ...(metadata && { metadata }),
    // What is remembered of a user holds wherever that user is served; the conversation is the parent's own. A child of
    // a fork would change for good what is remembered.
    ...(user !== undefined && !forkOf && { user }),
    parent: { runId: progress.run.id, path, depth },
    trace: traceOfChild(progress.run),
  };
  const event: RunCreated = { runId, seq: 1, type: 'run.created', at: Date.now(), data };
  try {
    await beginRun(tenant, loaded, event, context);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT')) throw error;
  }
}

/** The trace of its parent: a process that knows this run alone finds it here. */
function traceOfChild(parent: Run): TraceContext {
  const { sampled } = parent.trace ?? {};
  return { traceId: traceIdOfRun(parent), ...(sampled !== undefined && { sampled }) };
}

/** The lease goes with the first event, and costs no write of its own. */
function beginRun(
  tenant: string,
  loaded: LoadedSubject,
  event: RunCreated,
  context: RuntimeContext,
): Promise<Run> {
  const held = context.hold({ tenant, runId: event.runId }, { ...context.owner, fence: 1 });
  const start = { loaded, progress: firstProgress(event), created: event, pending: [event] };
  return context.launch(held, start).accepted;
}

/** The journal is what the workers go by; the call only makes it quick, so nobody waits for it. */
async function queueRun(
  tenant: string,
  journal: TenantJournal,
  event: RunCreated,
  { tell, log, during, callWorkers }: RuntimeContext,
): Promise<Run> {
  const run = applyEvent(undefined, event);
  await journal.append([event], run);
  during(tellAll(tell, [event], log));
  during(callWorkers({ tenant, runId: run.id }, false));
  return run;
}
