import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { AskingOptions, BlueprintOptions, ExportOptions } from './commands/blueprint.ts';

/** Adds `agent-factory blueprint …`: look at blueprints, install them, and make some. */
export function addBlueprintCommands(program: Command, common: () => CommonOptions): void {
  const blueprint = program.command('blueprint').description('bundles of agents, workflows and more');
  const load = () => import('./commands/blueprint.ts');
  const forTenant = (command: Command): Command =>
    command
      .addOption(new Option('--tenant <id>', 'for whom').default('default'))
      .option('--json', 'print JSON');
  const asking = (command: Command): Command =>
    forTenant(command)
      .option('-p, --param <name=value...>', 'an answer to what the blueprint asks')
      .option('--params <file>', 'answers as JSON');
  const editing = (command: Command): Command =>
    command.addOption(
      new Option('--edits <what>', 'what becomes of parts that were changed here')
        .choices(['refuse', 'keep', 'overwrite'])
        .default('refuse'),
    );
  forTenant(blueprint.command('list'))
    .description('the blueprints that can be installed, and those that are')
    .action(async (options: BlueprintOptions) => (await load()).listBlueprints({ ...common(), ...options }));
  forTenant(blueprint.command('show').argument('<name>', 'the blueprint'))
    .description('what it holds and asks, and what is installed of it')
    .action(async (name: string, options: BlueprintOptions) =>
      (await load()).showBlueprint(name, { ...common(), ...options }),
    );
  asking(blueprint.command('validate').argument('<name or folder>', 'an active blueprint, or a folder'))
    .description('everything that is wrong with it, in its files and here')
    .action(async (from: string, options: AskingOptions) => {
      if (!(await (await load()).validateBlueprint(from, { ...common(), ...options }))) process.exitCode = 1;
    });
  editing(asking(blueprint.command('diff').argument('<name>', 'the blueprint')))
    .description('what an install or upgrade would change')
    .action(async (name: string, options: AskingOptions) =>
      (await load()).diffBlueprint(name, { ...common(), ...options }),
    );
  asking(blueprint.command('install').argument('<name>', 'the blueprint'))
    .description('make its definitions those of the tenant')
    .action(async (name: string, options: AskingOptions) =>
      (await load()).changeBlueprint('install', name, { ...common(), ...options }),
    );
  editing(asking(blueprint.command('upgrade').argument('<name>', 'the blueprint')))
    .description('make what is installed what the active plugin holds')
    .action(async (name: string, options: AskingOptions) =>
      (await load()).changeBlueprint('upgrade', name, { ...common(), ...options }),
    );
  editing(forTenant(blueprint.command('remove').argument('<name>', 'the blueprint')))
    .description('remove what it brought')
    .action(async (name: string, options: AskingOptions) =>
      (await load()).removeBlueprint(name, { ...common(), ...options }),
    );
  forTenant(blueprint.command('export').argument('<name>', 'what it will be called'))
    .description('make a package of definitions there are, with all that they name')
    .requiredOption('--out <folder>', 'where to write; it must not exist, or be empty')
    .option('--as <version>', 'its version', '1.0.0')
    .option('--about <text>', 'what it is for')
    .option('--agent <names...>', 'agents to take')
    .option('--workflow <names...>', 'workflows to take')
    .option('--router <names...>', 'routers to take')
    .option('--tool <names...>', 'registrations of tools to take')
    .action(async (name: string, options: ExportOptions) =>
      (await load()).exportBlueprint(name, { ...common(), ...options }),
    );
}
