import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';

/** Adds `agent-factory storage …` and `agent-factory maintenance …`. */
export function addStorageCommands(program: Command, common: () => CommonOptions): void {
  const storage = program
    .command('storage')
    .description('the database: its tables, its content, its tenants');
  const schema = () => import('./commands/storage-schema.ts');
  const content = () => import('./commands/storage-content.ts');
  storage
    .command('status')
    .description('every migration, and whether it is applied')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) =>
      (await schema()).storageStatus({ ...common(), ...options }),
    );
  storage
    .command('migrate')
    .description('apply the migrations that are pending; starting does it too')
    .option('--dry-run', 'say what would be applied, and change nothing')
    .action(async (options: { dryRun?: boolean }) =>
      (await schema()).storageMigrate({ ...common(), ...options }),
    );
  storage
    .command('rollback')
    .argument('<plugin>', 'id of the plugin; it need not be configured')
    .description("undo a plugin's newest migrations")
    .option('--to <number>', 'the last that stays (default: all but the newest)')
    .addOption(new Option('--scope <tables>', 'whose tables').choices(['platform', 'tenant']))
    .option('-y, --yes', 'do it, although data is lost')
    .action(async (plugin: string, options: { to?: string; scope?: 'platform' | 'tenant'; yes?: boolean }) =>
      (await schema()).storageRollback(plugin, { ...common(), ...options }),
    );
  storage
    .command('drop')
    .argument('<plugin>', 'id of a plugin that is not configured any more')
    .description('remove all tables of a plugin; without this they are kept')
    .option('-y, --yes', 'do it, although data is lost')
    .action(async (plugin: string, options: { yes?: boolean }) =>
      (await schema()).storageDrop(plugin, { ...common(), ...options }),
    );
  storage
    .command('backup')
    .argument('<file>', 'the archive to write')
    .description('archive everything as of now; a running platform goes on')
    .option('--tenant <id>', 'one tenant alone: the export of its data')
    .action(async (file: string, options: { tenant?: string }) =>
      (await content()).storageBackup(file, { ...common(), ...options }),
    );
  storage
    .command('verify')
    .argument('<file>', 'an archive')
    .description('read an archive to its end and check every checksum')
    .option('--restore', 'restore it into a scratch database too')
    .action(async (file: string, options: { restore?: boolean }) =>
      (await content()).storageVerify(file, { ...common(), ...options }),
    );
  const intoOptions = (command: Command): Command =>
    command
      .option('--replace', 'overwrite what is there')
      .option('--skip <tables...>', 'leave these tables out');
  intoOptions(storage.command('restore').argument('<file>', 'an archive'))
    .description('put an archive into the storage, and compare')
    .action(async (file: string, options: { replace?: boolean; skip?: string[] }) =>
      (await content()).storageRestore(file, { ...common(), ...options }),
    );
  intoOptions(
    storage.command('copy').requiredOption('--to <config>', 'configuration file of the other platform'),
  )
    .description(
      'copy everything into the storage of another configuration, and compare; goes on where it stopped',
    )
    .action(async (options: { to: string; replace?: boolean; skip?: string[] }) =>
      (await content()).storageCopy({ ...common(), ...options }),
    );
  storage
    .command('tenants')
    .description('the ids of all tenants')
    .action(async () => (await content()).listTenants(common()));
  storage
    .command('erase-tenant')
    .argument('<id>', 'the tenant')
    .description('remove a tenant and everything it has')
    .option('-y, --yes', 'do it, although data is lost')
    .action(async (id: string, options: { yes?: boolean }) =>
      (await content()).eraseTenant(id, { ...common(), ...options }),
    );
  const maintenance = program.command('maintenance').description('the work that keeps the platform tidy');
  maintenance
    .command('list')
    .description('every task, when it comes next, and how the last time went')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { listMaintenance } = await import('./commands/maintenance.ts');
      await listMaintenance({ ...common(), ...options });
    });
  maintenance
    .command('run')
    .argument('<task>', 'its name')
    .description('do a task now')
    .action(async (task: string) => {
      const { runMaintenance } = await import('./commands/maintenance.ts');
      await runMaintenance(task, common());
    });
}
