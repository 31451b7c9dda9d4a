import type { Kernel } from '@agent-factory/kernel';
import type { IsolationLevel, PlatformRole, PlatformSnapshot, PluginSnapshot } from '@agent-factory/sdk';
import { AgentRuntime, Authenticator, HttpServer } from '@agent-factory/sdk/contracts';
import { quote } from './command-name.ts';
import { isolationLines, type IsolationView } from './isolation-view.ts';
import { paint, table } from './terminal.ts';

/** The active plugins in the order they were started, how long each took, and what it offers. */
function bootTree(snapshot: PlatformSnapshot, view: IsolationView | undefined): string[] {
  const levels = new Map(view?.plugins.map(({ id, level }) => [id, level]));
  const rows = snapshot.plugins
    .filter(({ state }) => state === 'active')
    .map((plugin) => [
      `  ${plugin.id}`,
      plugin.version,
      `${plugin.activationMs.toFixed(0)} ms`,
      offers(plugin, levels.get(plugin.id)),
    ]);
  return table(rows);
}

function offers(
  { provides, contributes, requires }: PluginSnapshot,
  level: IsolationLevel | undefined,
): string {
  const parts = [
    level ? `isolated at ${level}` : '',
    provides.length > 0 ? `provides ${provides.join(', ')}` : '',
    contributes.length > 0 ? `adds to ${contributes.join(', ')}` : '',
    requires.length > 0 ? `uses ${requires.join(', ')}` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

/**
 * What a person sees when the platform is up: plugins, address, and three things to try.
 *
 * @param role what the process is for
 * @param command how the person calls this command
 * @param config the configuration file, if one was named
 * @param isolation how plugins are kept apart, where they are
 */
export function greeting(
  kernel: Kernel,
  role: PlatformRole,
  command: string,
  config: string | undefined,
  isolation: IsolationView | undefined,
): string[] {
  const snapshot = kernel.inspect();
  const { name, kernelVersion, generation } = snapshot;
  const url = find(() => kernel.use(HttpServer).url());
  const lines = [
    `${paint('bold', name)} on Agent Factory ${kernelVersion}, generation ${generation}${role === 'all' ? '' : `, role ${role}`}`,
    '',
    ...bootTree(snapshot, isolation),
    '',
    ...(isolation ? isolationLines(isolation) : []),
  ];
  const access =
    kernel.all(Authenticator).length > 0
      ? 'a login is asked for'
      : 'this machine only; no login is asked for';
  if (url) lines.push(`Listening on ${paint('cyan', url)} (${access})`, '');
  else if (role === 'worker') lines.push('Works on what waits; it listens on no address.', '');
  const tries = thingsToTry(
    kernel,
    url,
    (args) => `${command} ${args}${config ? ` --config ${quote(config)}` : ''}`,
  );
  lines.push('Three things to try:', ...tries.map((text, index) => `  ${index + 1}. ${text}`), '');
  lines.push(paint('dim', 'Ctrl-C stops it.'));
  return lines;
}

function thingsToTry(kernel: Kernel, url: string | undefined, call: (args: string) => string): string[] {
  const agents = find(() => kernel.use(AgentRuntime).agents()) ?? [];
  const agent = agents.find(({ examples }) => examples?.length) ?? agents[0];
  const question = agent?.examples?.[0] ?? 'What can you do?';
  const tries: string[] = [];
  if (agent && url) {
    const body = quote(JSON.stringify({ agent: agent.name, input: question }));
    tries.push(`curl -s '${url}/api/v1/runs?wait=true' -H 'content-type: application/json' -d ${body}`);
  }
  if (agent) tries.push(call(`run ${quote(agent.name)} ${quote(question)}`));
  tries.push(call('plugin list'), call('doctor'), call('agent list'));
  return tries.slice(0, 3);
}

function find<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
