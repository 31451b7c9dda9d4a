import { randomUUID } from 'node:crypto';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { RunRequest, TenantJournal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import type { LoadedAgent } from './agent-definitions.ts';
import { LiveRun } from './live-run.ts';
import { nextModel, noModel } from './model-choice.ts';
import { inputOf, limitsOf } from './run-request.ts';
import type { RuntimeContext } from './runtime-context.ts';
import { tellAll } from './tell-events.ts';

type RunCreated = RunEvent & { readonly type: 'run.created' };

/** Accepts a run: owned by this process, which begins it at once, or left to the workers. */
export async function acceptRun(tenant: string, request: RunRequest, context: RuntimeContext): Promise<Run> {
  const { config, role, models } = context;
  const agent = context.agentNamed(request.agent);
  const input = inputOf(request, context.validateInput);
  const limits = limitsOf(agent, request.limits);
  const journal = context.journal.tenant(tenant);
  const { idempotencyKey: key, metadata, stream } = request;
  const known = key === undefined ? undefined : await journal.runByKey(key);
  if (known) return known;
  if (!nextModel(agent, models, 0)) throw noModel(agent, models);
  const data = {
    subject: { kind: 'agent', name: agent.definition.name, hash: agent.hash } as const,
    input,
    limits,
    ...(stream && { stream }),
    ...(metadata && { metadata }),
    ...(key !== undefined && { idempotencyKey: key }),
  };
  const event: RunCreated = { runId: newRunId(), seq: 1, type: 'run.created', at: Date.now(), data };
  try {
    if (role === 'api' && config.execute === 'auto') return await queueRun(tenant, journal, event, context);
    return await beginRun(tenant, agent, event, context);
  } catch (error) {
    // Somebody else was first with the key, at the same moment.
    const first = key !== undefined && isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
    const run = first ? await journal.runByKey(key) : undefined;
    if (run) return run;
    throw error;
  }
}

/** The lease goes with the first event, and costs no write of its own. */
function beginRun(
  tenant: string,
  agent: LoadedAgent,
  event: RunCreated,
  context: RuntimeContext,
): Promise<Run> {
  const held = context.hold({ tenant, runId: event.runId }, { ...context.owner, fence: 1 });
  return context.launch(held, (options) => LiveRun.create(agent, event, options), 1).accepted;
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

/** Ids sort by the time of creation, so that new runs lie together in an index. */
function newRunId(): string {
  return `run_${Date.now().toString(36).padStart(9, '0')}${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
