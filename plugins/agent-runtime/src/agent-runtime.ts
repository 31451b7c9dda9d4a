import { randomUUID } from 'node:crypto';
import { isAgentFactoryError, type PluginContext } from '@agent-factory/sdk';
import {
  beforeModel,
  beforeTool,
  Journal,
  LanguageModel,
  onEvent,
  Tool,
  type AgentRuntime,
  type RunRequest,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { activeRunsKey, createActiveRuns } from './active-runs.ts';
import { loadAgents, type LoadedAgent } from './agent-definitions.ts';
import { readAgentFiles } from './agent-files.ts';
import { runLoop } from './agent-loop.ts';
import type { AgentRuntimeConfig } from './config.ts';
import { errors } from './errors.ts';
import { LiveRun, type LiveRunOptions } from './live-run.ts';
import type { LoopContext } from './loop-context.ts';
import { nextModel, noModel } from './model-choice.ts';
import { appendTo, resumeRun, resumeUnfinished, type RecoveryContext } from './run-recovery.ts';
import { conversationSchema, inputOf, limitsOf } from './run-request.ts';
import { isSettled, runOf, settledRun } from './run-wait.ts';
import { definitionOf, modelsByProvider, toolsByName } from './tool-set.ts';

/** Milliseconds before a run is taken up again whose events could not be written. */
const retryMs = 1000;

/** The agent runtime, and what the plugin starts and ends with it. */
export interface AgentRuntimeParts {
  readonly runtime: AgentRuntime;
  readonly journal: Journal;
  /** Begins to take over runs: those left unfinished, and those another generation gives up. */
  serve(): () => void;
  /** Gives up the runs that are worked on; resolves when nothing of them is left here. */
  close(): Promise<void>;
}

/** Creates the runtime over what the other plugins offer; refuses wrong agents, all problems at once. */
export async function createAgentRuntime(ctx: PluginContext<AgentRuntimeConfig>): Promise<AgentRuntimeParts> {
  const { config, log } = ctx;
  const journal = ctx.use(Journal);
  const tools = toolsByName(ctx.all(Tool), ctx.validator);
  const models = modelsByProvider(ctx.all(LanguageModel));
  const inline = config.agents.map((value, index) => ({ place: `config agents/${index}`, value }));
  const sources = [...inline, ...(await readAgentFiles(config.agentsDir, ctx.platform.baseDir))];
  const agents = loadAgents(sources, { tools, models, validator: ctx.validator, log });
  const active = await ctx.resource(activeRunsKey, createActiveRuns, () => {});
  const validateInput = ctx.validator(conversationSchema);
  const tell = ctx.hook(onEvent);
  const loop: LoopContext = {
    models,
    beforeModel: ctx.hook(beforeModel),
    beforeTool: ctx.hook(beforeTool),
    log,
  };
  const own = new Set<LiveRun>();

  /** Works on a run with a lease of its own; `make` gives it its first events here. */
  const launch = (make: (options: LiveRunOptions) => LiveRun, attempt: number): LiveRun => {
    const lease = ctx.lease();
    const live = make({ journal, log, active, onEvent: tell, lease });
    own.add(live);
    live.emit('run.started', { attempt });
    const ended = lease.run(() => runLoop(live, loop));
    void ended.finally(() => own.delete(live));
    return live;
  };

  const recovery: RecoveryContext = {
    journal,
    agents,
    active,
    log,
    signal: ctx.signal,
    resume: (agent, state) => {
      launch((options) => new LiveRun(agent, state, options), state.attempt + 1);
    },
  };

  const agentNamed = (name: string): LoadedAgent => {
    const agent = agents.get(name);
    if (agent) return agent;
    const names = [...agents.keys()];
    const hint = names.length > 0 ? ctx.validator({ enum: names })(name)[0]?.fix : undefined;
    const mend = names.length > 0 ? `There are: ${names.join(', ')}.` : 'Define one in the configuration.';
    throw errors.AF_AGENT_UNKNOWN({ agent: name, mend: hint === undefined ? mend : `${hint} ${mend}` });
  };

  const start = async (request: RunRequest): Promise<Run> => {
    const agent = agentNamed(request.agent);
    const input = inputOf(request, validateInput);
    const limits = limitsOf(agent, request.limits);
    const { idempotencyKey: key, metadata, stream } = request;
    const known = key === undefined ? undefined : await journal.runByKey(key);
    if (known) return known;
    if (!nextModel(agent, models, 0)) throw noModel(agent, models);
    const data = {
      agent: agent.definition.name,
      agentHash: agent.hash,
      input,
      limits,
      ...(stream && { stream }),
      ...(metadata && { metadata }),
      ...(key !== undefined && { idempotencyKey: key }),
    };
    try {
      return await launch((options) => LiveRun.create(agent, newRunId(), data, options), 1).accepted;
    } catch (error) {
      // Somebody else was first with the key, at the same moment.
      const first = key !== undefined && isAgentFactoryError(error, 'AF_JOURNAL_CONFLICT');
      const run = first ? await journal.runByKey(key) : undefined;
      if (run) return run;
      throw error;
    }
  };

  const cancel = async (runId: string, reason = 'A client asked for it.'): Promise<Run> => {
    const here = active.runs.get(runId);
    if (here) {
      await here.cancel(reason);
      await here.done;
    }
    const run = await runOf(journal, runId);
    if (isSettled(run) && run.status !== 'waiting') return run;
    if (active.runs.has(runId)) return cancel(runId, reason);
    const cancelling = await appendTo(journal, run, 'run.cancelling', { reason });
    return appendTo(journal, cancelling, 'run.cancelled', { reason, usage: run.usage });
  };

  const runtime: AgentRuntime = {
    agents: () => [...agents.values()].map(({ definition }) => definition),
    tools: () => [...tools.values()].map(definitionOf),
    start,
    wait: (runId, options) => settledRun(journal, active, runId, options?.signal),
    get: (runId) => runOf(journal, runId),
    list: (query) => journal.runs(query),
    async *events(runId, options) {
      await runOf(journal, runId);
      yield* journal.follow(runId, options);
    },
    cancel,
  };

  return {
    runtime,
    journal,
    serve() {
      const retries = new Set<NodeJS.Timeout>();
      const take = (runId: string, when: 'now' | 'later'): void => {
        if (when === 'now') return void resumeRun(runId, recovery);
        const retry = setTimeout(() => {
          retries.delete(retry);
          void resumeRun(runId, recovery);
        }, retryMs);
        retries.add(retry);
      };
      active.takers.add(take);
      if (config.recover) {
        resumeUnfinished(recovery).catch((error: unknown) =>
          log.error('unfinished runs could not be read from the journal', { error }),
        );
      }
      return () => {
        active.takers.delete(take);
        for (const retry of retries) clearTimeout(retry);
      };
    },
    async close() {
      const ending = [...own];
      for (const live of ending) live.interrupt({ kind: 'released' });
      await Promise.all(ending.map(({ done }) => done));
    },
  };
}

/** Ids sort by the time of creation, so that new runs lie together in an index. */
function newRunId(): string {
  return `run_${Date.now().toString(36).padStart(9, '0')}${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
