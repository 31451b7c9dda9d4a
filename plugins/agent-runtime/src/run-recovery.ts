import type { Logger } from '@agent-factory/sdk';
import type { Journal } from '@agent-factory/sdk/contracts';
import {
  applyEvent,
  type Run,
  type RunEvent,
  type RunEventData,
  type RunEventType,
} from '@agent-factory/sdk/domain';
import type { ActiveRuns } from './active-runs.ts';
import type { LoadedAgent } from './agent-definitions.ts';
import { errors } from './errors.ts';
import { failureOf } from './failure.ts';
import { stateAfter, type RunState } from './run-state.ts';

const pageSize = 200;
const eventsPerPage = 1000;

/** What recovery reads, and how it hands a run to the loop. */
export interface RecoveryContext {
  readonly journal: Journal;
  readonly agents: ReadonlyMap<string, LoadedAgent>;
  readonly active: ActiveRuns;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Goes on with a run; it does not wait for its end. */
  resume(agent: LoadedAgent, state: RunState): void;
}

/** Goes on with every run that was left unfinished and that nobody in this process is working on. */
export async function resumeUnfinished(context: RecoveryContext): Promise<void> {
  let before: string | undefined;
  for (;;) {
    const page = await context.journal.runs({
      status: ['queued', 'running'],
      limit: pageSize,
      ...(before !== undefined && { before }),
    });
    for (const { id } of page) {
      if (context.signal.aborted) return;
      await resumeRun(id, context);
    }
    before = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}

/** Goes on with one run from its events; a run whose agent is no longer what it was is ended. Never throws. */
export async function resumeRun(runId: string, context: RecoveryContext): Promise<void> {
  const { journal, agents, active, log } = context;
  try {
    if (active.runs.has(runId)) return;
    const state = stateAfter(await eventsOf(journal, runId));
    if (!state || active.runs.has(runId) || context.signal.aborted) return;
    const { status, agent: name, agentHash } = state.run;
    if (status !== 'queued' && status !== 'running') return;
    const agent = agents.get(name);
    if (agent?.hash === agentHash) {
      log.info('a run goes on from its journal', { run: runId, agent: name, event: state.run.lastSeq });
      context.resume(agent, state);
      return;
    }
    const error = errors.AF_RUN_AGENT_CHANGED({ agent: name, change: agent ? 'changed' : 'was removed' });
    log.warn(error.message, { run: runId });
    await appendTo(journal, state.run, 'run.failed', {
      error: failureOf(error, () => error),
      usage: state.run.usage,
    });
  } catch (error) {
    log.error('a run could not go on from its journal', { run: runId, error });
  }
}

/** Every event of a run, in order. */
async function eventsOf(journal: Journal, runId: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await journal.read(runId, { after: events.length, limit: eventsPerPage });
    events.push(...page);
    if (page.length < eventsPerPage) return events;
  }
}

/** Writes the next event of a run that nobody is working on; gives the run after it. */
export async function appendTo<Type extends RunEventType>(
  journal: Journal,
  run: Run,
  type: Type,
  data: RunEventData[Type],
): Promise<Run> {
  const event = { runId: run.id, seq: run.lastSeq + 1, type, at: Date.now(), data } as RunEvent; // `type` and `data` belong together
  const after = applyEvent(run, event);
  await journal.append([event], after);
  return after;
}
