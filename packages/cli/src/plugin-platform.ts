import { createKernel, kernelVersion, type Kernel } from '@agent-factory/kernel';
import {
  amendConfig,
  amendInstalled,
  openBundle,
  readInstalled,
  rollBack,
  type InstallRequest,
  type InstalledSet,
  type MarketOptions,
} from '@agent-factory/plugin-install';
import {
  isAgentFactoryError,
  Isolation,
  type PlatformConfig,
  type PluginEntry,
  type PluginManifest,
} from '@agent-factory/sdk';
import { askPlatform } from './ask-platform.ts';
import type { CommonOptions } from './boot.ts';
import { duration } from './duration.ts';
import { errors } from './errors.ts';
import { registryTransport } from './registry-token.ts';
import { keepSeen } from './seen-plugins.ts';
import { paint, print, remark } from './terminal.ts';

/** Where registries are, as options of commands. */
export interface RegistryOptions extends CommonOptions {
  /** Address of the registry. Default: that of the scope, else AF_REGISTRY. */
  readonly registry?: string;
  /** SHA-256 of the registry's first root, if somebody told it. */
  readonly root?: string;
  /** Folder of a bundle to read instead of a registry. */
  readonly bundle?: string;
  /** How old a bundle's proofs may be: `12h`, `7d`. */
  readonly maxStale?: string;
}

/** A platform whose installed plugins are looked at or changed; none of it runs here. */
export interface PluginPlatform {
  readonly dataDir: string;
  /** Plugins of the configuration that come from elsewhere. */
  readonly beside: readonly PluginManifest[];
  readonly providers: Readonly<Record<string, string>>;
  /** What the configuration grants; it counts before what was granted at an install. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** Ids of installed plugins that run inside the platform, for the operator said so. */
  readonly trusted: ReadonlySet<string>;
  /** Whether the platform could run with a set; throws why not. */
  check(set: InstalledSet): Promise<void>;
  /** Has the running platform take up a change; takes the change back when it cannot. */
  apply(before: InstalledSet, quiet?: boolean): Promise<void>;
}

/** Reads the configuration; what does not fit together in it is no reason to stop here. */
export async function pluginPlatform({ config: configFile }: CommonOptions): Promise<PluginPlatform> {
  /** Of the set that was checked last. */
  let checked: Awaited<ReturnType<Kernel['planLock']>> | undefined;
  let seen: { readonly config: PlatformConfig; readonly dataDir: string } | undefined;
  const kernelWith = (
    amend: (config: PlatformConfig, dataDir: string) => PlatformConfig,
    lock = false,
  ): Kernel => createKernel({ ...(configFile && { configFile }), lock, amend });
  const kernel = kernelWith((config, dataDir) => {
    seen = { config, dataDir };
    return amendInstalled(config, dataDir);
  });
  try {
    await kernel.plan();
  } catch (error) {
    if (!seen || !isAgentFactoryError(error)) throw error;
  }
  if (!seen) throw errors.AF_CLI_NO_CONFIG({});
  const { dataDir, config } = seen;
  const installed = readInstalled(dataDir);
  return {
    dataDir,
    providers: config.providers ?? {},
    grants: config.grants ?? {},
    trusted: new Set(
      amendConfig(config, installed).plugins.flatMap((entry) =>
        typeof entry === 'object' && entry.isolation === 'trusted' && entry.use in installed.plugins
          ? [entry.use]
          : [],
      ),
    ),
    beside: kernel
      .sources()
      .plugins.flatMap(({ id, manifest }) => (Object.hasOwn(installed.plugins, id) ? [] : [manifest])),
    check: async (set) => {
      const planWith = async (amend: (given: PlatformConfig) => PlatformConfig): Promise<void> => {
        const planned = kernelWith(amend, true);
        checked = await planned.planLock();
        keepSeen(configFile, planned.sources().plugins);
      };
      try {
        await planWith((given) => amendConfig(given, set));
      } catch (error) {
        const isolates = kernel.sources().plugins.some(({ provides }) => provides.includes(Isolation.id));
        const plan = (): Promise<unknown> => planWith((given) => trusting(amendConfig(given, set)));
        if (isolates || !(await succeeds(plan))) throw error;
        // One reason, however many plugins it keeps from running.
        throw errors.AF_CLI_NO_ISOLATION({}, { cause: error });
      }
    },
    apply: (before, quiet = false) =>
      apply(dataDir, before, quiet, async () =>
        (checked ?? (await kernelWith(amendInstalled, true).planLock())).write(),
      ),
  };
}

async function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

/** The same with everything inside the platform, to see whether that is all there is to it. */
function trusting(config: PlatformConfig): PlatformConfig {
  const plugins = config.plugins.map((entry): PluginEntry => ({
    ...(typeof entry === 'string' ? { use: entry } : entry),
    isolation: 'trusted',
  }));
  return { ...config, plugins };
}

async function apply(
  dataDir: string,
  before: InstalledSet,
  quiet: boolean,
  writeLock: () => Promise<void>,
): Promise<void> {
  let refusal: Error | undefined;
  try {
    const answers = await askPlatform<string[]>(dataDir, { do: 'reload' });
    for (const one of answers) {
      if ('error' in one) refusal ??= one.error;
      else if (!quiet) for (const line of one.answer) print(`  ${line}`);
    }
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) throw error;
    await writeLock();
    remark('No platform is running here; the next start takes this up.');
    return;
  }
  if (!refusal) return;
  await rollBack(dataDir, before.generation, async () => {});
  await askPlatform(dataDir, { do: 'reload' });
  remark('The running platform could not take this up, so it was taken back.');
  throw refusal;
}

/** How registries are reached, from the options of a command. */
export function marketOptions({ registry, root, bundle, maxStale }: RegistryOptions): MarketOptions {
  const opened = bundle === undefined ? undefined : openBundle(bundle);
  return {
    registry: opened ? undefined : (registry ?? process.env['AF_REGISTRY']),
    rootHash: root,
    scopes: opened?.scopes,
    transport: opened?.transport ?? registryTransport,
    maxStaleMs: opened && maxStale !== undefined ? duration(maxStale, '--max-stale') : 0,
  };
}

/** The registry a question without a package's name goes to. */
export function oneRegistry({ registry }: RegistryOptions, { scopes }: InstalledSet): string {
  const known = [...new Set(Object.values(scopes))];
  const found = registry ?? process.env['AF_REGISTRY'] ?? (known.length === 1 ? known[0] : undefined);
  if (found === undefined) throw errors.AF_CLI_REGISTRY_NEEDED({ known: known.join(', ') || 'none yet' });
  return found;
}

/** What every install gets from the platform and the options. */
export function installBasis(
  { dataDir, beside, providers, check }: PluginPlatform,
  options: RegistryOptions,
): MarketOptions & Pick<InstallRequest, 'dataDir' | 'beside' | 'providers' | 'kernelVersion' | 'check'> {
  return { ...marketOptions(options), dataDir, beside, providers, kernelVersion, check };
}

/** Says that nothing needs doing. */
export function printUpToDate(): void {
  print(paint('green', 'Nothing to do: everything asked for is installed.'));
}
