import { closest } from '@agent-factory/sdk';
import type { HookSnapshot, IsolatedPlugin, PlatformSnapshot, PluginSnapshot } from '@agent-factory/sdk';

/** Why a plugin, contract or hook is as it is; lines of text for people. */
export function explain(
  name: string,
  snapshot: PlatformSnapshot,
  isolated: readonly IsolatedPlugin[] = [],
): string {
  const plugin = snapshot.plugins.find(({ id, name: full }) => id === name || full === name);
  const hook = snapshot.hooks.find(({ id }) => id === name);
  const served = Object.hasOwn(snapshot.contracts, name) ? snapshot.contracts[name] : undefined;
  // A plugin and the contract it provides may share a name.
  const found = [
    plugin ? explainPlugin(plugin, snapshot, isolated) : '',
    served ? explainContract(name, served, snapshot) : '',
    hook ? explainHook(hook) : '',
  ].filter(Boolean);
  if (found.length > 0) return found.join('\n');
  const known = [
    ...snapshot.plugins.map(({ id }) => id),
    ...snapshot.hooks.map(({ id }) => id),
    ...Object.keys(snapshot.contracts),
  ];
  const near = closest(name, known);
  const hint = near ? `Did you mean "${near}"?` : `Known are: ${known.join(', ')}.`;
  return `"${name}" is no plugin, contract or hook of the running platform. ${hint}`;
}

function explainPlugin(
  plugin: PluginSnapshot,
  snapshot: PlatformSnapshot,
  isolated: readonly IsolatedPlugin[],
): string {
  const servedBy = (contract: string): string =>
    `${contract} from ${snapshot.contracts[contract]?.join(', ') ?? 'nobody'}`;
  const lines = [
    `${plugin.id} ${plugin.version} (${plugin.name}, ${plugin.source}) is ${plugin.state}: ${plugin.why}.`,
    plugin.isolation === 'trusted' ? '' : `  runs isolated, at ${plugin.isolation} or stronger`,
    list('provides', plugin.provides),
    list('contributes to', plugin.contributes),
    list('requires', plugin.requires.map(servedBy)),
    list('depends on', plugin.dependsOn),
    list('taps', plugin.taps),
  ];
  if (plugin.state === 'active') {
    lines.push(
      `  took ${plugin.activationMs} ms to activate, ${plugin.tapMs} ms in taps, ${plugin.errors} error(s)`,
    );
  }
  lines.push(...isolated.filter(({ id }) => id === plugin.id).flatMap(isolationOfPlugin));
  return lines.filter(Boolean).join('\n');
}

/** How a plugin runs isolated, and what it made of its permissions since it was started. */
function isolationOfPlugin({ level, why, crashes, granted, used, refused }: IsolatedPlugin): string[] {
  return [
    `  isolated at ${level}: ${why}${crashes > 0 ? `; ended ${crashes} time(s) unasked` : ''}`,
    ...granted.map(
      (name) => `  may ${name}: ${used.includes(name) ? 'used' : 'not used since it was started'}`,
    ),
    ...refused.map((what) => `  was refused to ${what}`),
  ];
}

function explainContract(name: string, served: readonly string[], snapshot: PlatformSnapshot): string {
  const users = snapshot.plugins.filter(({ requires }) => requires.includes(name)).map(({ id }) => id);
  const others = snapshot.plugins
    .filter(({ id, provides }) => provides.includes(name) && !served.includes(id))
    .map(({ id }) => id);
  return [
    `The contract ${name} is served by ${served.join(', ') || 'nobody'}.`,
    list('required by', users),
    list('also provided by, but not chosen', others),
  ]
    .filter(Boolean)
    .join('\n');
}

function explainHook(hook: HookSnapshot): string {
  const taps = hook.taps.map(
    (tap, index) => `  ${index + 1}. ${tap.plugin}: ${tap.meanMs} ms a call, ${tap.errors} error(s)`,
  );
  const head = `The ${hook.kind} hook ${hook.id} is declared by ${hook.owner}, called ${hook.calls} time(s).`;
  return [head, ...(taps.length > 0 ? taps : ['  Nobody taps it.'])].join('\n');
}

function list(label: string, items: readonly string[]): string {
  return items.length > 0 ? `  ${label}: ${items.join(', ')}` : '';
}
