import type { Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { SettingOptions } from './commands/settings.ts';

/** Adds `agent-factory setting …`: what plugins let each tenant set. */
export function addSettingCommands(program: Command, common: () => CommonOptions): void {
  const setting = program.command('setting').description('what plugins let each tenant set');
  const load = () => import('./commands/settings.ts');
  const forTenant = (command: Command): Command =>
    command.option('--tenant <id>', 'of which tenant', 'default').option('--json', 'print JSON');
  forTenant(setting.command('list'))
    .description('what can be set, what holds, and where it comes from')
    .action(async (options: SettingOptions) => (await load()).listSettings({ ...common(), ...options }));
  forTenant(
    setting.command('put').argument('<name>', 'its name').argument('<value>', 'as JSON, or a word as it is'),
  )
    .description('set something for a tenant')
    .action(async (name: string, value: string, options: SettingOptions) =>
      (await load()).putSetting(name, value, { ...common(), ...options }),
    );
  forTenant(setting.command('reset').argument('<name>', 'its name'))
    .description('have a tenant have what it inherits')
    .action(async (name: string, options: SettingOptions) =>
      (await load()).resetSetting(name, { ...common(), ...options }),
    );
}
