import {
  applyBlocks,
  installedGenerations,
  readInstalled,
  removePlugins,
  revokeGranted,
  rollBack,
  writeBundle,
} from '@agent-factory/plugin-install';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { askPlatform } from '../ask-platform.ts';
import type { CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { pluginPlatform } from '../plugin-platform.ts';
import { registryTransport } from '../registry-token.ts';
import { paint, print, remark, startProgress, table } from '../terminal.ts';

/** `agent-factory plugin remove <plugin…>`: takes plugins out; a rollback brings them back. */
export async function removeInstalled(plugins: readonly string[], options: CommonOptions): Promise<void> {
  const platform = await pluginPlatform(options);
  const before = readInstalled(platform.dataDir);
  await removePlugins(platform.dataDir, plugins, platform.check);
  for (const one of plugins) print(`${paint('green', '✓')} ${one} removed`);
  await platform.apply(before);
}

/** `agent-factory plugin revoke <plugin> <permission>`: takes a permission away, from calls under way too. */
export async function revokePermission(
  plugin: string,
  permission: string,
  options: CommonOptions,
): Promise<void> {
  const platform = await pluginPlatform(options);
  const { dataDir } = platform;
  const before = readInstalled(dataDir);
  const id = Object.keys(before.plugins).find((one) => before.plugins[one]?.name === plugin) ?? plugin;
  if (platform.trusted.has(id)) {
    const name = before.plugins[id]?.name ?? id;
    throw errors.AF_CLI_REVOKE_TRUSTED({ plugin: id, permission, name });
  }
  const taken = await takeAtOnce(dataDir, id, permission);
  const kept = await revokeGranted(dataDir, id, permission);
  if (!taken && !kept) throw errors.AF_CLI_NOT_GRANTED({ plugin, permission });
  print(`${paint('green', '✓')} ${id} may not use ${permission} any more`);
  if (kept) await platform.apply(before, true);
  if (!kept || platform.grants[id]?.includes(permission))
    remark('Take it out of "grants" in the configuration too: the next start grants it again.');
}

/** Before anything is written: what runs loses it at once. */
async function takeAtOnce(dataDir: string, plugin: string, permission: string): Promise<boolean> {
  try {
    const answers = await askPlatform<boolean>(dataDir, { do: 'revoke', plugin, permission });
    const [failed] = answers.flatMap((one) => ('error' in one ? [one.error] : []));
    if (failed) throw failed;
    return answers.some((one) => 'answer' in one && one.answer);
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) return false;
    throw error;
  }
}

/** Options of `plugin rollback`. */
export interface RollbackOptions extends CommonOptions {
  /** Number of the generation to bring back. Default: the one before. */
  readonly to?: string;
  /** Show what there is, and change nothing. */
  readonly list?: boolean;
}

/** `agent-factory plugin rollback`: brings back what was installed before. */
export async function rollBackInstalled(options: RollbackOptions): Promise<void> {
  const platform = await pluginPlatform(options);
  const { dataDir } = platform;
  const before = readInstalled(dataDir);
  if (options.list) return listGenerations(dataDir, before.generation);
  const to = options.to === undefined ? undefined : Number(options.to);
  if (to !== undefined && !Number.isInteger(to))
    throw errors.AF_CLI_VERSION_INVALID({ given: options.to ?? '' });
  const { silent } = await applyBlocks(dataDir, { transport: registryTransport });
  for (const { registry } of silent)
    remark(`${registry} does not answer; blocks are those that were seen last.`);
  const set = await rollBack(dataDir, to, platform.check);
  print(`${paint('green', '✓')} Back to what was installed in generation ${set.restores ?? 0}:`);
  for (const line of pluginRows(set.plugins)) print(`  ${line}`);
  await platform.apply(before);
}

/** `agent-factory plugin bundle <folder>`: everything for an install elsewhere, without a network. */
export async function bundleInstalled(folder: string, options: CommonOptions): Promise<void> {
  const { dataDir } = await pluginPlatform(options);
  const progress = startProgress();
  progress.say('asking the registries');
  try {
    const specs = await writeBundle(dataDir, folder, registryTransport);
    progress.done();
    for (const spec of specs) print(`${paint('green', '+')} ${spec}`);
    print(`Install them elsewhere with: plugin add --bundle ${folder}`);
  } finally {
    progress.done();
  }
}

function listGenerations(dataDir: string, current: number): void {
  const rows = installedGenerations(dataDir).map(({ generation, at, why, plugins }) => [
    `${generation === current ? '*' : ' '} ${generation}`,
    at.slice(0, 16).replace('T', ' '),
    why,
    `${Object.keys(plugins).length} installed`,
  ]);
  if (rows.length === 0) return print('Nothing was installed yet.');
  for (const line of table(rows)) print(line);
}

function pluginRows(
  plugins: Readonly<Record<string, { readonly version: string; readonly name: string }>>,
): string[] {
  const rows = Object.entries(plugins).map(([id, { version, name }]) => [id, version, name]);
  return rows.length > 0 ? table(rows) : ['nothing'];
}
