import { MigrationLedger, pluginOfPart, Storage, TenantStorage } from '@agent-factory/sdk/contracts';
import type { AppliedMigration, MigrationScope } from '@agent-factory/sdk/contracts';
import type { CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, table } from '../terminal.ts';
import { migrationsOf, withStorage, type StoragePlatform } from '../with-storage.ts';

/** One migration, applied or to come. */
interface SchemaStep {
  readonly plugin: string;
  readonly scope: MigrationScope;
  readonly version: number;
  readonly name: string;
  /**
   * `derived`: made and removed by a plugin as it runs. `orphan`: applied by a plugin, or a version of it, that is not
   * configured now.
   */
  readonly state: 'applied' | 'pending' | 'derived' | 'orphan';
  readonly appliedAt?: number;
}

/** `agent-factory storage status`: every migration, and whether it is applied. */
export async function storageStatus(options: CommonOptions & { readonly json?: boolean }): Promise<void> {
  const steps = await withStorage(options, stepsOf);
  if (options.json) return print(JSON.stringify(steps, null, 2));
  show(steps);
  const pending = steps.filter(({ state }) => state === 'pending').length;
  print();
  print(
    pending === 0
      ? paint('green', 'Nothing is pending.')
      : `${pending} to apply: agent-factory storage migrate`,
  );
}

/** `agent-factory storage migrate`: applies what is pending; with `dryRun`, says what that would be. */
export async function storageMigrate(options: CommonOptions & { readonly dryRun?: boolean }): Promise<void> {
  await withStorage(options, async (platform) => {
    const pending = (await stepsOf(platform)).filter(({ state }) => state === 'pending');
    if (pending.length === 0) return print('Nothing is pending.');
    show(pending);
    print();
    if (options.dryRun) return print('Nothing was changed.');
    for (const { plugin, scope, migrations } of migrationsOf(platform)) {
      const target = scope === 'tenant' ? platform.use(TenantStorage) : platform.use(Storage);
      await target.migrate(plugin, migrations);
    }
    print(paint('green', `${pending.length} applied.`));
  });
}

/** `agent-factory storage rollback <plugin>`: undoes a plugin's newest migrations. */
export async function storageRollback(
  plugin: string,
  options: CommonOptions & { readonly to?: string; readonly scope?: MigrationScope; readonly yes?: boolean },
): Promise<void> {
  await withStorage(options, async (platform) => {
    const ledger = platform.use(MigrationLedger);
    const own = (await ledger.applied()).filter((each) => each.plugin === plugin);
    // Where it has tables of one kind only, nobody has to say which.
    const scope = options.scope ?? (own.some((each) => each.scope === 'platform') ? 'platform' : 'tenant');
    const applied = own.filter((each) => each.scope === scope);
    const newest = applied.at(-1)?.version ?? 0;
    const to = options.to === undefined ? Math.max(newest - 1, 0) : Number(options.to);
    if (options.to !== undefined && !/^\d{1,6}$/.test(options.to))
      throw errors.AF_CLI_VERSION_INVALID({ given: options.to });
    const undone = applied.filter(({ version }) => version > to).reverse();
    if (undone.length > 0) show(undone.map((each) => ({ ...each, state: 'applied' as const })));
    if (undone.length > 0 && !options.yes)
      throw errors.AF_CLI_NOT_CONFIRMED({ what: `Data in what these ${undone.length} made is lost` });
    const done = await ledger.rollback(plugin, { scope, to });
    print(paint('green', `${done.length} undone.`));
  });
}

/** `agent-factory storage drop <plugin>`: removes all tables of a plugin that is not configured any more. */
export async function storageDrop(
  plugin: string,
  options: CommonOptions & { readonly yes?: boolean },
): Promise<void> {
  await withStorage(options, async (platform) => {
    if (platform.plugins.some(({ id }) => id === plugin)) throw errors.AF_CLI_PLUGIN_IN_USE({ plugin });
    const ledger = platform.use(MigrationLedger);
    const isIts = (name: string): boolean => name === plugin || pluginOfPart(name) === plugin;
    const applied = (await ledger.applied()).filter((each) => isIts(each.plugin));
    if (applied.length === 0) return print(`${plugin} has no tables here.`);
    if (!options.yes) throw errors.AF_CLI_NOT_CONFIRMED({ what: `All data of ${plugin} is lost` });
    const places = new Map(applied.map((each) => [`${each.scope} ${each.plugin}`, each]));
    // What is derived goes first: it may refer to what it is derived from.
    const isOwn = (each: AppliedMigration): number => Number(each.plugin === plugin);
    for (const each of [...places.values()].sort((a, b) => isOwn(a) - isOwn(b)))
      await ledger.rollback(each.plugin, { scope: each.scope, to: 0 });
    print(paint('green', `The tables of ${plugin} are gone.`));
  });
}

async function stepsOf(platform: StoragePlatform): Promise<readonly SchemaStep[]> {
  const applied = await platform.use(MigrationLedger).applied();
  const keyOf = ({
    plugin,
    scope,
    version,
  }: Pick<AppliedMigration, 'plugin' | 'scope' | 'version'>): string => `${plugin} ${scope} ${version}`;
  const known = new Map(applied.map((each) => [keyOf(each), each]));
  const steps = migrationsOf(platform).flatMap(({ plugin, scope, migrations }) =>
    migrations.map(({ version, name }): SchemaStep => {
      const found = known.get(keyOf({ plugin, scope, version }));
      known.delete(keyOf({ plugin, scope, version }));
      const step = { plugin, scope, version, name };
      return found
        ? { ...step, state: 'applied', appliedAt: found.appliedAt }
        : { ...step, state: 'pending' };
    }),
  );
  const loaded = new Set(platform.plugins.map(({ id }) => id));
  const orphans = [...known.values()].map(({ plugin, scope, version, name, appliedAt }): SchemaStep => ({
    plugin,
    scope,
    version,
    name,
    state: loaded.has(pluginOfPart(plugin) ?? '') ? 'derived' : 'orphan',
    appliedAt,
  }));
  return [...steps, ...orphans];
}

function show(steps: readonly Omit<SchemaStep, 'appliedAt'>[]): void {
  const rows = steps.map((step) => [
    step.plugin,
    step.scope,
    String(step.version),
    step.name,
    step.state,
    'appliedAt' in step ? new Date(Number(step.appliedAt)).toISOString() : '',
  ]);
  for (const line of table([['PLUGIN', 'TABLES OF', 'NUMBER', 'NAME', 'STATE', 'APPLIED AT'], ...rows]))
    print(line);
}
