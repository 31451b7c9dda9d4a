import type { PlatformSnapshot } from '@agent-factory/sdk';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { createKernel } from '@agent-factory/kernel';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { askPlatform } from '../control-socket.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands that list things. */
export interface ListOptions extends CommonOptions {
  /** Print JSON. */
  readonly json?: boolean;
}

/** `agent-factory agent list`: the agents that can be run. */
export async function listAgents(options: ListOptions): Promise<void> {
  const agents = await withPlatform(options, async (kernel) => runtimeOf(kernel).agents());
  if (options.json) return print(JSON.stringify(agents, null, 2));
  if (agents.length === 0) return print('No agents are defined. Put one into the "agentsDir" of agent-runtime.');
  const rows = agents.map(({ name, model, tools, description }) => [
    name,
    [model].flat().join(' or '),
    tools?.join(', ') ?? 'no tools',
    description ?? '',
  ]);
  for (const line of table([['AGENT', 'MODEL', 'TOOLS', ''], ...rows])) print(line);
}

/** `agent-factory plugin list`: the plugins of the running platform, or of one booted for the question. */
export async function listPlugins(options: ListOptions): Promise<void> {
  const snapshot = await ask<PlatformSnapshot>(options, { do: 'inspect' }, (kernel) => kernel.inspect());
  if (options.json) return print(JSON.stringify(snapshot.plugins, null, 2));
  const rows = snapshot.plugins.map(({ id, version, state, source, why }) => [id, version, state, source, why]);
  for (const line of table([['PLUGIN', 'VERSION', 'STATE', 'FROM', 'WHY'], ...rows])) print(line);
}

/** `agent-factory plugin explain <name>`: why a plugin, contract or hook is as it is. */
export async function explainPlugin(name: string, options: CommonOptions): Promise<void> {
  print(await ask<string>(options, { do: 'explain', name }, (kernel) => kernel.explain(name)));
}

/** `agent-factory plugin lock`: accepts what the configuration resolves to now. */
export async function lockPlugins(options: CommonOptions): Promise<void> {
  const kernel = createKernel({ ...(options.config && { configFile: options.config }) });
  const changes = await kernel.acceptLock();
  for (const change of changes) print(change);
  print(changes.length > 0 ? paint('green', 'The lock file was written.') : 'The lock file is up to date.');
}

async function ask<T>(
  options: CommonOptions,
  request: Parameters<typeof askPlatform>[1],
  look: (kernel: Parameters<Parameters<typeof withPlatform>[1]>[0]) => T,
): Promise<T> {
  const kernel = createKernel({ ...(options.config && { configFile: options.config }), lock: false });
  await kernel.plan();
  try {
    return await askPlatform<T>(kernel.sources().dataDir, request);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) throw error;
    return withPlatform(options, async (kernel) => look(kernel));
  }
}
