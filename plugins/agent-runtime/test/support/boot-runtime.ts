import { fileURLToPath } from 'node:url';
import type { InMemoryPlugin, JsonObject, PlatformRole, PluginEntry } from '@agent-factory/sdk';
import { ConditionEvaluator, Embedder, LanguageModel, Tool } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Router, Workflow } from '@agent-factory/sdk/domain';
import {
  bootTestKernel,
  testPlugin,
  type TestKernel,
  type TestKernelOptions,
} from '@agent-factory/sdk/testing';

export interface Parts {
  readonly agents?: readonly (AgentDefinition | JsonObject)[];
  readonly agentsDir?: string;
  readonly tools?: readonly Tool[];
  readonly models?: readonly LanguageModel[];
  readonly workflows?: readonly (Workflow | JsonObject)[];
  readonly routers?: readonly (Router | JsonObject)[];
  readonly evaluators?: readonly ConditionEvaluator[];
  readonly embedders?: readonly Embedder[];
  readonly recover?: boolean;
  /** More of the runtime's configuration. */
  readonly config?: JsonObject;
  /** Milliseconds of a run's lease. Default 300, so that nobody waits long for a killed process. */
  readonly leaseMs?: number;
  /** What the process is for. Default `all`. */
  readonly role?: PlatformRole;
  /** What keeps state. Default SQLite. */
  readonly storage?: PluginEntry;
  /** Other plugins. */
  readonly plugins?: TestKernelOptions['plugins'];
  /** Environment variables that the configuration refers to. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for state; default a temporary one. */
  readonly dataDir?: string;
}

const runtimeFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** The plugins of a kernel with the runtime on a real journal, and the given models and tools. */
function pluginsFor(parts: Parts): TestKernelOptions['plugins'] {
  const { agents = [], workflows = [], routers = [], agentsDir, recover, config, leaseMs = 300 } = parts;
  return [
    parts.storage ?? '@agent-factory/plugin-storage-sqlite',
    '@agent-factory/plugin-journal-sql',
    offering(parts),
    ...(parts.plugins ?? []),
    {
      use: runtimeFolder,
      config: {
        ...(JSON.parse(JSON.stringify({ agents, workflows, routers })) as JsonObject),
        leaseMs,
        ...config,
        ...(agentsDir !== undefined && { agentsDir }),
        ...(recover !== undefined && { recover }),
      },
    },
  ];
}

export function bootRuntime(parts: Parts): Promise<TestKernel> {
  return bootTestKernel({
    plugins: pluginsFor(parts),
    baseDir: runtimeFolder,
    ...(parts.dataDir !== undefined && { dataDir: parts.dataDir }),
    ...(parts.role && { role: parts.role }),
    ...(parts.env && { env: parts.env }),
  });
}

/** A plugin that offers models and tools. */
function offering({ models = [], tools = [], evaluators = [], embedders = [] }: Parts): InMemoryPlugin {
  return testPlugin(
    'offering',
    [],
    (ctx) => {
      for (const model of models) ctx.contribute(LanguageModel, model);
      for (const tool of tools) ctx.contribute(Tool, tool);
      for (const one of evaluators) ctx.contribute(ConditionEvaluator, one);
      for (const one of embedders) ctx.contribute(Embedder, one);
    },
    {
      contributes: {
        ...(models.length > 0 && { 'language-model': '1.0.0' }),
        ...(tools.length > 0 && { tool: '1.0.0' }),
        ...(evaluators.length > 0 && { 'condition-evaluator': '1.0.0' }),
        ...(embedders.length > 0 && { embedder: '1.0.0' }),
      },
    },
  );
}
