import type { Lease, PluginContext } from '@agent-factory/sdk';
import {
  beforeModel,
  beforeTool,
  Jobs,
  Journal,
  LanguageModel,
  onEvent,
  Signals,
  Tool,
  type AgentRuntime,
} from '@agent-factory/sdk/contracts';
import { activeRunsKey, createActiveRuns } from './active-runs.ts';
import { loadAgents, type LoadedAgent } from './agent-definitions.ts';
import { readAgentFiles } from './agent-files.ts';
import { runLoop } from './agent-loop.ts';
import type { AgentRuntimeConfig } from './config.ts';
import { errors } from './errors.ts';
import { HeldRun } from './held-run.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import type { LiveRun, LiveRunOptions } from './live-run.ts';
import type { LoopContext } from './loop-context.ts';
import { runJob } from './run-calls.ts';
import { conversationSchema } from './run-request.ts';
import { serveRuns } from './run-service.ts';
import type { RuntimeContext } from './runtime-context.ts';
import { createTenantRuntime } from './tenant-runtime.ts';
import { definitionOf, modelsByProvider, toolsByName } from './tool-set.ts';

/** The agent runtime, and what the plugin starts and ends with it. */
export interface AgentRuntimeParts {
  readonly runtime: AgentRuntime;
  readonly journal: Journal;
  /** Begins to take over runs: those called for, those left unfinished, and those another generation gives up. */
  serve(): Promise<() => Promise<void>>;
  /** Gives up the runs that are worked on; resolves when nothing of them is left here. */
  close(): Promise<void>;
}

/** Creates the runtime over what the other plugins offer; refuses wrong agents, all problems at once. */
export async function createAgentRuntime(ctx: PluginContext<AgentRuntimeConfig>): Promise<AgentRuntimeParts> {
  const { config, log, validator } = ctx;
  const { role, baseDir, name } = ctx.platform;
  const jobs = ctx.tryUse(Jobs);
  if (role !== 'all' && config.execute === 'auto' && !jobs) throw errors.AF_RUN_JOBS_MISSING({ role });
  const journal = ctx.use(Journal);
  const tools = toolsByName(ctx.all(Tool), validator);
  const models = modelsByProvider(ctx.all(LanguageModel));
  const inline = config.agents.map((value, index) => ({ place: `config agents/${index}`, value }));
  const sources = [...inline, ...(await readAgentFiles(config.agentsDir, baseDir))];
  const agents = loadAgents(sources, { tools, models, validator, log });
  const active = await ctx.resource(
    activeRunsKey,
    () => createActiveRuns(name),
    () => {},
  );
  const own = new Set<LiveRun>();
  let hasServed = false;
  const loop: LoopContext = {
    models,
    beforeModel: ctx.hook(beforeModel),
    beforeTool: ctx.hook(beforeTool),
    log,
    // When plugins change, the next generation serves in this process, and runs may end in their own.
    isLeaving: () => hasServed && role === 'worker' && active.takers.size === 0,
  };

  const handOver: LiveRunOptions['handOver'] = async (address, held) => {
    for (const take of active.takers) take(address, held);
    if (active.takers.size === 0 && !held) await context.callWorkers(address, true);
  };

  const context: RuntimeContext = {
    config,
    role,
    log,
    signal: ctx.signal,
    journal,
    jobs,
    signals: ctx.tryUse(Signals),
    models,
    active,
    owner: { owner: active.owner, ttlMs: config.leaseMs },
    keeper: createLeaseKeeper(journal, config.leaseMs, log),
    tell: ctx.hook(onEvent),
    validateInput: validator(conversationSchema),
    agents,
    agentNamed(agent) {
      const found = agents.get(agent);
      if (found) return found;
      throw unknownAgent(agent, agents, validator);
    },
    hold: (address, lease, since) => new HeldRun(journal.tenant(address.tenant), address, lease, since),
    launch(held, make, attempt) {
      const hold = ctx.lease();
      const { keeper, tell } = context;
      const live = make({ held, keeper, log, active, onEvent: tell, hold, handOver });
      own.add(live);
      live.emit('run.started', { attempt });
      const ended = hold.run(() => runLoop(live, loop));
      void ended.finally(() => own.delete(live));
      return live;
    },
    async callWorkers(address, again) {
      try {
        await jobs?.enqueue([runJob(address, again)]);
      } catch (error) {
        log.warn('the workers could not be called for a run; it is found again', {
          run: address.runId,
          error,
        });
      }
    },
    during(work) {
      let hold: Lease | undefined;
      try {
        hold = ctx.lease();
      } catch {
        // The platform is ending, and what it does last needs no hold.
      }
      void work.finally(() => hold?.release());
    },
  };

  return {
    runtime: {
      agents: () => [...agents.values()].map(({ definition }) => definition),
      tools: () => [...tools.values()].map(definitionOf),
      tenant: (id) => createTenantRuntime(id, context),
    },
    journal,
    async serve() {
      const stop = await serveRuns(context);
      hasServed = false;
      return () => {
        hasServed = true;
        return stop();
      };
    },
    async close() {
      const ending = [...own];
      for (const live of ending) live.interrupt({ kind: 'released' });
      await Promise.all(ending.map(({ done }) => done));
    },
  };
}

function unknownAgent(
  agent: string,
  agents: ReadonlyMap<string, LoadedAgent>,
  validator: PluginContext['validator'],
): Error {
  const names = [...agents.keys()];
  const hint = names.length > 0 ? validator({ enum: names })(agent)[0]?.fix : undefined;
  const mend = names.length > 0 ? `There are: ${names.join(', ')}.` : 'Define one in the configuration.';
  return errors.AF_AGENT_UNKNOWN({ agent, mend: hint === undefined ? mend : `${hint} ${mend}` });
}
