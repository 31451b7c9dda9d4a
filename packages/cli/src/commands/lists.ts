import { createKernel, type Kernel } from '@agent-factory/kernel';
import { amendInstalled } from '@agent-factory/plugin-install/installed';
import { isAgentFactoryError, type PlatformSnapshot } from '@agent-factory/sdk';
import { defaultTenant } from '@agent-factory/sdk/contracts';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { kernelFor, runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { askOneProcess, type ControlRequest } from '../ask-platform.ts';
import { errors } from '../errors.ts';
import { explain } from '../explain.ts';
import { isolatedIn } from '../isolation-view.ts';
import { paint, print, remark, table } from '../terminal.ts';

/** Options of the commands that ask a running platform. */
export interface AskOptions extends CommonOptions {
  /** Name of the process to ask, where several run here. Default: the first. */
  readonly process?: string;
}

/** Options of the commands that list things. */
export interface ListOptions extends AskOptions {
  /** Print JSON. */
  readonly json?: boolean;
}

/** `agent-factory agent list`: the agents that can be run. */
export async function listAgents(options: ListOptions): Promise<void> {
  const agents = await withPlatform(options, async (kernel) => {
    const all = await runtimeOf(kernel).tenant(defaultTenant).definitions.list('agent');
    return all.map(({ definition }) => definition as AgentDefinition); // checked against its schema
  });
  if (options.json) return print(JSON.stringify(agents, null, 2));
  if (agents.length === 0)
    return print('No agents are defined. Put one into the "agentsDir" of agent-runtime.');
  const rows = agents.map(({ name, model, tools, description }) => [
    name,
    [model].flat().join(' or '),
    tools?.join(', ') ?? 'no tools',
    description ?? '',
  ]);
  for (const line of table([['AGENT', 'MODEL', 'TOOLS', 'ABOUT'], ...rows])) print(line);
}

/** `agent-factory plugin list`: the plugins of the running platform, or of one booted for the question. */
export async function listPlugins(options: ListOptions): Promise<void> {
  const { plugins } = await ask<PlatformSnapshot>(options, { do: 'inspect' }, (kernel) => kernel.inspect());
  if (options.json) return print(JSON.stringify(plugins, null, 2));
  const rows = plugins.map(({ id, version, state, source, why }) => [id, version, state, source, why]);
  for (const line of table([['PLUGIN', 'VERSION', 'STATE', 'FROM', 'WHY'], ...rows])) print(line);
}

/** `agent-factory plugin explain <name>`: why a plugin, contract or hook is as it is. */
export async function explainPlugin(name: string, options: AskOptions): Promise<void> {
  const { text, known } = await ask<Explanation>(options, { do: 'explain', name }, (kernel) =>
    explanation(kernel, name),
  );
  if (!known) throw errors.AF_CLI_NAME_UNKNOWN({ reason: text });
  print(text);
}

/** Why something is as it is, or that there is no such thing. */
export interface Explanation {
  readonly text: string;
  readonly known: boolean;
}

/** Explains a plugin, contract or hook of a booted platform. */
export async function explanation(kernel: Kernel, name: string): Promise<Explanation> {
  const snapshot = kernel.inspect();
  const { plugins, hooks, contracts } = snapshot;
  const known =
    plugins.some((plugin) => plugin.id === name || plugin.name === name) ||
    hooks.some(({ id }) => id === name) ||
    Object.hasOwn(contracts, name);
  const isolated = await isolatedIn(kernel);
  return { text: explain(name, snapshot, isolated), known };
}

/** `agent-factory plugin lock`: accepts what the configuration resolves to now. */
export async function lockPlugins(options: CommonOptions): Promise<void> {
  const kernel = createKernel({
    ...(options.config && { configFile: options.config }),
    amend: amendInstalled,
  });
  const { changes, write } = await kernel.planLock();
  write();
  for (const change of changes) print(change);
  print(changes.length > 0 ? paint('green', 'The lock file was written.') : 'The lock file is up to date.');
}

/** Asks the running platform; where none runs, one that is booted for the question and closed again. */
async function ask<T>(
  options: AskOptions,
  request: ControlRequest,
  look: (kernel: Kernel) => T | Promise<T>,
): Promise<T> {
  const kernel = kernelFor(options);
  await kernel.plan();
  try {
    return await askOneProcess<T>(kernel.sources().dataDir, request, options.process);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) throw error;
  }
  remark('No platform is running here; this is what starting one gives.');
  return withPlatform(options, async (booted) => look(booted), 'free');
}
