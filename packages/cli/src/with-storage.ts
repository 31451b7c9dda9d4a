import { join } from 'node:path';
import { createKernel, type Kernel, type KernelOptions, type PluginSource } from '@agent-factory/kernel';
import { amendInstalled } from '@agent-factory/plugin-install/installed';
import { isAgentFactoryError, type CollectionContract, type SingleContract } from '@agent-factory/sdk';
import {
  Accounts,
  ApiKeys,
  AuditLog,
  MigrationLedger,
  readMigrations,
  SecretVault,
  Storage,
  StorageBackup,
  TenantStorage,
  type Migration,
  type MigrationScope,
} from '@agent-factory/sdk/contracts';
import type { CommonOptions } from './boot.ts';
import { errors } from './errors.ts';

/** The contracts of a storage; a plugin that provides one of them is booted, everything else is left out. */
const storageContracts: ReadonlySet<string> = new Set(
  [Storage, MigrationLedger, TenantStorage, StorageBackup].map(({ id }) => id),
);

/** What to add where something is not configured. */
const providers: Readonly<Record<string, string>> = {
  [StorageBackup.id]: '@agent-factory/plugin-storage-backup',
  [AuditLog.id]: '@agent-factory/plugin-audit-sql',
  [Accounts.id]: '@agent-factory/plugin-accounts-sql',
  [ApiKeys.id]: '@agent-factory/plugin-auth-api-key',
  [SecretVault.id]: '@agent-factory/plugin-secrets-sql',
};

/**
 * The plugin of a configuration that provides a contract, by its id; none of them is started.
 *
 * @param seen - the plugins, if a plan has just found them
 */
export async function providerOf(
  options: CommonOptions,
  { id }: SingleContract<unknown>,
  seen?: readonly PluginSource[],
): Promise<string | undefined> {
  const plugins = seen ?? (await plannedPlugins(options));
  return plugins.find(({ provides }) => provides.includes(id))?.id;
}

async function plannedPlugins(options: CommonOptions): Promise<readonly PluginSource[]> {
  const kernel = createKernel(baseOf(options));
  await kernel.plan();
  return kernel.sources().plugins;
}

/** A platform of which only the storage runs. */
export interface StoragePlatform {
  readonly kernel: Kernel;
  /** Every plugin of the configuration, running or not. */
  readonly plugins: readonly PluginSource[];
  readonly dataDir: string;
  /** The provider of a contract; AF_CLI_NO_STORAGE names the plugin to add where none is configured. */
  use<T>(contract: SingleContract<T>): T;
}

/**
 * Boots the storage of a configuration, and of the rest only what provides one of `more` or contributes to it; runs `job`, and closes it
 * whatever happens.
 */
export async function withStorage<T>(
  options: CommonOptions,
  job: (platform: StoragePlatform) => Promise<T>,
  more: readonly (SingleContract<unknown> | CollectionContract<unknown>)[] = [],
): Promise<T> {
  const base = baseOf(options);
  const wanted = new Set([...storageContracts, ...more.map(({ id }) => id)]);
  const planned = createKernel(base);
  await planned.plan();
  const { plugins, dataDir } = planned.sources();
  const isWanted = ({ provides, manifest: { contributes = {} } }: PluginSource): boolean =>
    [...provides, ...Object.keys(contributes)].some((id) => wanted.has(id));
  const except = plugins.filter((plugin) => !isWanted(plugin)).map(({ id }) => id);
  const kernel = createKernel({ ...base, except });
  try {
    await kernel.start();
    return await job({ kernel, plugins, dataDir, use: (contract) => useOf(kernel, contract) });
  } finally {
    await kernel.close();
  }
}

function baseOf({ config, verbose }: CommonOptions): KernelOptions {
  return {
    ...(config !== undefined && { configFile: config }),
    amend: amendInstalled,
    lock: false,
    env: { ...process.env, AF_LOG__LEVEL: verbose ? 'debug' : 'warn' },
  };
}

function useOf<T>(kernel: Kernel, contract: SingleContract<T>): T {
  try {
    return kernel.use(contract);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
    const plugin = providers[contract.id] ?? '@agent-factory/plugin-storage-sqlite or -storage-postgres';
    throw errors.AF_CLI_NO_STORAGE({ contract: contract.id, plugin }, { cause: error });
  }
}

/** The migrations a plugin brings. */
export interface PluginMigrations {
  readonly plugin: string;
  readonly scope: MigrationScope;
  readonly migrations: readonly Migration[];
}

/** The migrations that the configured plugins bring, in the order they are activated. */
export function migrationsOf({ plugins, use }: StoragePlatform): readonly PluginMigrations[] {
  const { dialect } = use(Storage);
  return plugins.flatMap(({ id, folder }) =>
    (['platform', 'tenant'] as const).flatMap((scope) => {
      const migrations = folder === '' ? [] : readMigrations(join(folder, 'migrations'), dialect, scope);
      return migrations.length > 0 ? [{ plugin: id, scope, migrations }] : [];
    }),
  );
}
