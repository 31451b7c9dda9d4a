import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  Accounts,
  defaultTenant,
  everyTenant,
  eraseTenant as eraseEverywhere,
  Storage,
  StorageBackup,
  StorageTransfer,
  TenantEraser,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { TransferProgress, TransferReport } from '@agent-factory/sdk/contracts';
import { askOneProcess } from '../ask-platform.ts';
import type { CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, startProgress } from '../terminal.ts';
import { migrationsOf, withStorage, type StoragePlatform } from '../with-storage.ts';

/** Options of what puts rows into a storage. */
export interface IntoOptions extends CommonOptions {
  /** Overwrite what is there. */
  readonly replace?: boolean;
  /** Tables to leave out. */
  readonly skip?: readonly string[];
}

/** `agent-factory storage backup <file>`: archives everything, or one tenant; a running platform goes on. */
export async function storageBackup(
  file: string,
  options: CommonOptions & { readonly tenant?: string },
): Promise<void> {
  const report = await withStorage(options, ({ use }) =>
    shown((onProgress) =>
      use(StorageBackup).archive(resolve(file), {
        onProgress,
        ...(options.tenant !== undefined && { tenant: options.tenant }),
      }),
    ),
  );
  print(paint('green', `${totals(report)} archived in ${file}.`));
}

/** `agent-factory storage verify <file>`: reads an archive to its end; with `restore`, into a scratch database too. */
export async function storageVerify(
  file: string,
  options: CommonOptions & { readonly restore?: boolean },
): Promise<void> {
  const archive = resolve(file);
  await withStorage(options, async (platform) => {
    const report = await shown((onProgress) => platform.use(StorageBackup).verify(archive, { onProgress }));
    if (options.restore) await restoreAside(platform, archive);
    print(paint('green', `${totals(report)} are whole${options.restore ? ', and can be restored' : ''}.`));
  });
}

/** `agent-factory storage restore <file>`: puts an archive into the storage of a platform that is not running. */
export async function storageRestore(file: string, options: IntoOptions): Promise<void> {
  const report = await withStorage(options, async (platform) => {
    await refuseRunning(platform);
    await migrateAll(platform);
    return shown((onProgress) =>
      platform.use(StorageBackup).restore(resolve(file), { onProgress, ...into(options) }),
    );
  });
  print(paint('green', `${totals(report)} restored, and found equal.`));
}

/** `agent-factory storage copy --to <config>`: copies everything into the storage of another configuration. */
export async function storageCopy(options: IntoOptions & { readonly to: string }): Promise<void> {
  const report = await withStorage(options, (source) =>
    withStorage({ ...options, config: options.to }, async (target) => {
      await refuseRunning(target);
      await migrateAll(target);
      return shown((onProgress) =>
        source.use(StorageBackup).copyTo(target.use(StorageTransfer), { onProgress, ...into(options) }),
      );
    }),
  );
  print(paint('green', `${totals(report)} copied, and found equal.`));
}

/** `agent-factory storage tenants`: the ids of all tenants. */
export async function listTenants(options: CommonOptions): Promise<void> {
  await withStorage(options, async ({ use }) => {
    for await (const id of everyTenant(use(TenantStorage))) print(id);
  });
}

/** `agent-factory storage erase-tenant <id>`: removes a tenant and all it has. */
export async function eraseTenant(
  id: string,
  options: CommonOptions & { readonly yes?: boolean },
): Promise<void> {
  if (!options.yes) throw errors.AF_CLI_NOT_CONFIRMED({ what: `Everything of the tenant "${id}" is lost` });
  const erase = async ({ kernel, use, plugins }: StoragePlatform): Promise<void> => {
    const tenants = use(TenantStorage);
    if (id !== defaultTenant) await tenants.tenant(id);
    await eraseEverywhere(tenants, kernel.all(TenantEraser), id);
    // Else its members would be those of the next tenant of that name.
    if (plugins.some(({ provides }) => provides.includes(Accounts.id))) await use(Accounts).forgetTenant(id);
  };
  await withStorage(options, erase, [Accounts, TenantEraser]);
  print(paint('green', `The tenant "${id}" is gone.`));
}

function into({ replace, skip }: IntoOptions): Pick<IntoOptions, 'replace' | 'skip'> {
  return { ...(replace && { replace }), ...(skip && { skip }) };
}

async function migrateAll(platform: StoragePlatform): Promise<void> {
  for (const { plugin, scope, migrations } of migrationsOf(platform)) {
    const target = scope === 'tenant' ? platform.use(TenantStorage) : platform.use(Storage);
    await target.migrate(plugin, migrations);
  }
}

/** Restores an archive into an empty SQLite platform in a temporary folder, which is removed again. */
async function restoreAside(platform: StoragePlatform, archive: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-factory-verify-'));
  try {
    const uses = ['storage-sqlite', 'storage-backup'].map((id) => {
      const known = platform.plugins.find((plugin) => plugin.id === id);
      return known?.folder ?? `@agent-factory/plugin-${id}`;
    });
    const others = platform.plugins.filter(({ id, folder: own }) => !id.startsWith('storage-') && own !== '');
    const config = { dataDir: './state', plugins: uses };
    const file = join(folder, 'agent-factory.config.json');
    await writeFile(file, JSON.stringify(config));
    await withStorage({ config: file }, async (scratch) => {
      await migrateAll({ ...scratch, plugins: others });
      await shown((onProgress) => scratch.use(StorageBackup).restore(archive, { onProgress }));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function refuseRunning({ dataDir }: StoragePlatform): Promise<void> {
  let pid: number;
  try {
    ({ pid } = await askOneProcess<{ pid: number }>(dataDir, { do: 'ping' }));
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) return;
    throw error;
  }
  throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid });
}

async function shown(
  work: (onProgress: (progress: TransferProgress) => void) => Promise<TransferReport>,
): Promise<TransferReport> {
  const progress = startProgress();
  try {
    return await work(({ scope, table, total }) =>
      progress.say(`${total} rows; now ${table}${scope === null ? '' : ` of ${scope}`}`),
    );
  } finally {
    progress.done();
  }
}

function totals({ rows, tables }: TransferReport): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'} of ${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`;
}
