import type { PluginSource } from '@agent-factory/kernel';

/** By the option that names a configuration. */
const seen = new Map<string | undefined, readonly PluginSource[]>();

/** Keeps what a command's own plan found, so that what follows on the command need not plan once more. */
export function keepSeen(config: string | undefined, plugins: readonly PluginSource[]): void {
  seen.set(config, plugins);
}

/** What this command's own plan found last, of the configuration as the command leaves it. */
export function seenPlugins(config: string | undefined): readonly PluginSource[] | undefined {
  return seen.get(config);
}
