import type { Kernel } from '@agent-factory/kernel';
import type { PlatformSnapshot, PluginSnapshot } from '@agent-factory/sdk';
import { AgentRuntime, HttpServer } from '@agent-factory/sdk/contracts';
import { paint, table } from './terminal.ts';

/** The active plugins, what each offers, and how long it took. */
export function bootTree(snapshot: PlatformSnapshot): string[] {
  const rows = snapshot.plugins
    .filter(({ state }) => state === 'active')
    .map((plugin) => [`  ${plugin.id}`, plugin.version, `${plugin.activationMs.toFixed(0)} ms`, offers(plugin)]);
  return table(rows);
}

function offers({ provides, contributes, requires }: PluginSnapshot): string {
  const parts = [
    provides.length > 0 ? `provides ${provides.join(', ')}` : '',
    contributes.length > 0 ? `adds to ${contributes.join(', ')}` : '',
    requires.length > 0 ? `uses ${requires.join(', ')}` : '',
  ];
  return parts.filter(Boolean).join('; ');
}

/** What a person sees when the platform is up: plugins, address, and three things to try. */
export function greeting(kernel: Kernel, command: string): string[] {
  const snapshot = kernel.inspect();
  const url = find(() => kernel.use(HttpServer).url());
  const agents = find(() => kernel.use(AgentRuntime).agents()) ?? [];
  const agent = agents[0];
  const question = agent?.examples?.[0] ?? 'What can you do?';
  const lines = [
    `${paint('bold', snapshot.name)} on Agent Factory ${snapshot.kernelVersion}, generation ${snapshot.generation}`,
    '',
    ...bootTree(snapshot),
    '',
  ];
  if (url) lines.push(`Listening on ${paint('cyan', url)} (this machine only; no login is asked for)`, '');
  lines.push('Three things to try:');
  const tries: string[] = [];
  if (url && agent) {
    const body = JSON.stringify({ agent: agent.name, input: question }).replaceAll("'", String.raw`'\''`);
    tries.push(`curl -s '${url}/api/v1/runs?wait=true' -H 'content-type: application/json' -d '${body}'`);
  }
  if (agent) tries.push(`${command} run ${agent.name} ${JSON.stringify(question)}`);
  tries.push(`${command} plugin list`, `${command} doctor`);
  lines.push(...tries.slice(0, 3).map((text, index) => `  ${index + 1}. ${text}`), '');
  return lines;
}

function find<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
