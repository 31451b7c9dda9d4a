import type { Lease, PluginContext } from '@agent-factory/sdk';
import {
  type AgentRuntime,
  ArtifactStore,
  beforeModel,
  beforeSettle,
  beforeTool,
  ConditionEvaluator,
  ConversationMemory,
  defaultTenant,
  Embedder,
  Guardrail,
  Jobs,
  Journal,
  Knowledge,
  LanguageModel,
  ModelPrices,
  onEvent,
  onSettled,
  Quotas,
  readMigrations,
  type RunReplay,
  SecretStore,
  SemanticMemory,
  Signals,
  TenantStorage,
  Tool,
  ToolSource,
  WorkingMemory,
  createUseTenant,
} from '@agent-factory/sdk/contracts';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { createAgentExecutor } from './agent/agent-executor.ts';
import { createConditions } from './condition/conditions.ts';
import type { AgentRuntimeConfig } from './config.ts';
import { sourcesOf } from './definition/definition-files.ts';
import { createDefinitionStore } from './definition/definition-store.ts';
import { createDefinitions, type Definitions } from './definition/definitions.ts';
import { checkDefinitions } from './definition/fixed-definitions.ts';
import { createMadeStore } from './definition/made-store.ts';
import { createRevisionStore } from './definition/revision-store.ts';
import { createTenantDefinitions, type TenantDefinitionParts } from './definition/tenant-definitions.ts';
import { errors } from './errors.ts';
import { withRecordedSources } from './fork/recorded-sources.ts';
import { createGuardrails } from './guard/guardrails.ts';
import { createTenantReplay } from './replay/tenant-replay.ts';
import { createRouterExecutor } from './router/router-executor.ts';
import type { KeptMemories } from './routes/forget-memory.ts';
import { activeRunsKey, createActiveRuns } from './run/active-runs.ts';
import { afterSettled } from './run/after-settled.ts';
import { createChildRuns } from './run/child-runs.ts';
import { HeldRun } from './run/held-run.ts';
import { createLateWriter } from './run/late-writer.ts';
import { createLeaseKeeper } from './run/lease-keeper.ts';
import { createLiveEffects } from './run/live-effects.ts';
import { LiveRun, type LiveRunOptions } from './run/live-run.ts';
import { runJob } from './run/run-calls.ts';
import type { Executors, KnownDefinitions, RunExecutor } from './run/run-executor.ts';
import { createConversationReader } from './run/conversation-input.ts';
import { serveRuns } from './run/run-service.ts';
import { meterJournal } from './run/metered-journal.ts';
import { declareRunSettings } from './run/run-settings.ts';
import type { RuntimeContext } from './run/runtime-context.ts';
import { createTenantRuntime } from './run/tenant-runtime.ts';
import { createWakeClock } from './run/wake-clock.ts';
import { createToolBox } from './tool/tool-box.ts';
import { byProvider, definitionOf, toolsByName } from './tool/tool-set.ts';
import { createWorkflowExecutor } from './workflow/workflow-executor.ts';

/** The agent runtime, and what the plugin starts and ends with it. */
export interface AgentRuntimeParts {
  readonly runtime: AgentRuntime;
  readonly replay: RunReplay;
  readonly journal: Journal;
  readonly memories: KeptMemories;
  /** Removes what was kept for runs that are gone; gives how much. */
  sweep(limit: number): Promise<number>;
  /** Begins to take over runs: those called for, those left unfinished, and those another generation gives up. */
  serve(): Promise<() => Promise<void>>;
  /** Gives up the runs that are worked on; resolves when nothing of them is left here. */
  close(): Promise<void>;
}

/** Where the runtime's tables are described. */
const migrationsFolder: URL = new URL('../migrations', import.meta.url);

/** Creates the runtime over what the other plugins offer; refuses wrong definitions, all problems at once. */
export async function createAgentRuntime(ctx: PluginContext<AgentRuntimeConfig>): Promise<AgentRuntimeParts> {
  const { config, log, validator } = ctx;
  const { role, baseDir, name } = ctx.platform;
  const jobs = ctx.tryUse(Jobs);
  if (role !== 'all' && config.execute === 'auto' && !jobs) throw errors.AF_RUN_JOBS_MISSING({ role });
  const quotas = ctx.tryUse(Quotas);
  const journal = quotas ? meterJournal(ctx.use(Journal), quotas) : ctx.use(Journal);
  const settings = declareRunSettings(ctx);
  const tenants = ctx.use(TenantStorage);
  const { dialect } = await tenants.tenant(defaultTenant);
  await tenants.migrate('agent-runtime', readMigrations(migrationsFolder, dialect, 'tenant'));

  const tools = toolsByName(ctx.all(Tool), validator);
  const sources = ctx.all(ToolSource);
  const toolBox = createToolBox(tools, sources, validator);
  const models = byProvider(ctx.all(LanguageModel), 'model provider');
  const memory = ctx.tryUse(ConversationMemory);
  const secrets = ctx.tryUse(SecretStore);
  const semanticMemory = ctx.tryUse(SemanticMemory);
  const workingMemory = ctx.tryUse(WorkingMemory);
  const readInput = createConversationReader(validator, config.maxInputChars);
  const conditions = createConditions(ctx.all(ConditionEvaluator));
  const agent = createAgentExecutor({
    models,
    toolBox,
    conditions,
    guardrails: createGuardrails(ctx.all(Guardrail)),
    hasMemory: memory !== undefined,
    secrets,
    knowledge: ctx.tryUse(Knowledge),
    workingMemory,
    semanticMemory,
    validator,
    log,
    readInput,
    describe: (tenant, name) => definitions.describe(tenant, 'agent', name),
  });
  const { evaluators } = conditions;
  const known: KnownDefinitions = (kind) => fixed.known(kind);
  const workflow = createWorkflowExecutor({ evaluators, toolBox, validator, known, secrets });
  const router = createRouterExecutor({
    evaluators,
    readInput,
    known,
  });
  const executors: Executors = new Map<RunExecutor['kind'], RunExecutor>([
    [agent.kind, agent],
    [workflow.kind, workflow],
    [router.kind, router],
  ]);
  const found = new Map([
    [agent.kind, await sourcesOf('agents', config.agents, config.agentsDir, baseDir)],
    [workflow.kind, await sourcesOf('workflows', config.workflows, config.workflowsDir, baseDir)],
    [router.kind, await sourcesOf('routers', config.routers, config.routersDir, baseDir)],
  ]);
  const fixed = await checkDefinitions(found, executors, validator);
  const useTenant = createUseTenant(tenants);
  const revisions = createRevisionStore(useTenant);
  const made = createMadeStore(useTenant, tenants, journal);
  const definitions: Definitions = createDefinitions(
    fixed,
    createDefinitionStore(useTenant),
    made,
    revisions,
    executors,
  );
  const tenantParts: TenantDefinitionParts = {
    fixed,
    revisions,
    executors,
    validator,
    unknown: (tenant, kind, wanted) => definitions.unknown(tenant, kind, wanted),
  };
  for (const { value } of sources) ctx.own(value.onChange((tenant) => definitions.forget(tenant)));

  const active = await ctx.resource(
    activeRunsKey,
    () => createActiveRuns(name),
    () => {},
  );
  const own = new Set<LiveRun>();
  let hasServed = false;
  const keeper = createLeaseKeeper(journal, config.leaseMs, log);
  const late = createLateWriter();
  const effectParts = {
    models,
    embedders: byProvider(ctx.all(Embedder), 'embedder'),
    prices: ctx.tryUse(ModelPrices),
    quotas,
    settings,
    toolBox,
    beforeModel: ctx.hook(beforeModel),
    beforeTool: ctx.hook(beforeTool),
    keeper,
    children: createChildRuns(() => context),
    definitions: () => definitions,
    memory,
    semanticMemory,
    artifacts: ctx.tryUse(ArtifactStore),
    log,
    validator,
  };
  const settle = ctx.hook(beforeSettle);
  const liveOptions: Omit<LiveRunOptions, 'held' | 'hold'> = {
    keeper,
    late,
    log,
    active,
    onEvent: ctx.hook(onEvent),
    effects: (live) =>
      withRecordedSources(live, createLiveEffects(live, effectParts), journal.tenant(live.tenant)),
    // When plugins change, the next generation serves in this process, and runs may end in their own.
    isLeaving: () => hasServed && role === 'worker' && active.takers.size === 0,
    async handOver(address, held) {
      for (const take of active.takers) take(address, held);
      if (active.takers.size === 0 && !held) await context.callWorkers(address, true);
    },
    settled: (address, progress) => context.settled(address, progress),
  };

  const context: RuntimeContext = {
    config,
    role,
    log,
    signal: ctx.signal,
    journal,
    quotas,
    settings,
    jobs,
    signals: ctx.tryUse(Signals),
    active,
    owner: { owner: active.owner, ttlMs: config.leaseMs },
    keeper,
    tell: liveOptions.onEvent,
    tellSettled: ctx.hook(onSettled),
    definitions,
    definitionsOf: (tenant) => createTenantDefinitions(tenant, tenantParts),
    executors,
    validator,
    toolBox,
    wake: createWakeClock(),
    settled: (address, progress) => afterSettled(address, progress, context),
    hold: (address, lease, since) =>
      new HeldRun(journal.tenant(address.tenant), address, lease, { beforeSettle: settle, since }),
    launch(held, { loaded, created, progress, past = [], pending = [], news = [] }) {
      const executor = executors.get(loaded.subject.kind);
      if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: loaded.subject.kind });
      const hold = ctx.lease();
      const state = executor.begin(created, loaded);
      for (const event of past) executor.advance(state, event, progress);
      const live = new LiveRun(
        { executor, loaded, progress, state, pending },
        { ...liveOptions, held, hold },
      );
      own.add(live);
      for (const { type, data } of news) live.emit(type, data);
      live.emit('run.started', { attempt: progress.attempt + 1 });
      const ended = hold.run(() => live.work());
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
      agents: () => fixed.list('agent') as readonly AgentDefinition[], // checked against its schema
      tools: () => [...tools.values()].map(definitionOf),
      tenant: (id) => createTenantRuntime(id, context),
    },
    replay: {
      tenant: (id) => createTenantReplay(id, context, { definitions, executors, toolBox, validator }),
    },
    journal,
    sweep: (limit) => made.sweep(limit),
    memories: { conversations: memory, working: workingMemory, semantic: semanticMemory },
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
