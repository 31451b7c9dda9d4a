import { Argument, Command, CommanderError, Option } from 'commander';
import { kernelVersion } from '@agent-factory/kernel';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { CommonOptions } from './boot.ts';
import { shells, type Shell } from './shells.ts';
import { templates } from './templates.ts';
import { printError } from './terminal.ts';

/** Exit status for a configuration that cannot be used (sysexits.h). */
const badConfig = 78;

const examples = `
Examples:
  agent-factory init my-agents
  agent-factory start --watch
  agent-factory run librarian "How is a plugin isolated?"
  agent-factory plugin explain storage

Exit status: 0 done, 1 failed, 2 wrong use, 78 configuration that cannot be used, 130 interrupted.`;

/** Builds the command line. Each command's code is loaded when it is called. */
export function createProgram(): Command {
  const program = new Command('agent-factory')
    .description('Build, run and watch AI agents.')
    .version(kernelVersion)
    .option('-c, --config <file>', 'the configuration file (default: searched from here upwards)')
    .option('-v, --verbose', 'log lines down to debug, and stacks of errors')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', examples)
    .exitOverride();
  const common = (): CommonOptions => program.opts<CommonOptions>();
  addPlatformCommands(program, common);
  addListCommands(program, common);
  program
    .command('completion')
    .description('print a completion script: eval "$(agent-factory completion bash)"')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: Shell) => {
      const { completion } = await import('./commands/completion.ts');
      completion(program, shell);
    });
  return program;
}

function addPlatformCommands(program: Command, common: () => CommonOptions): void {
  program
    .command('init')
    .argument('[folder]', 'where to write; it need not exist', '.')
    .description('write a platform to start from')
    .addOption(
      new Option('-t, --template <name>', aboutTemplates())
        .choices(Object.keys(templates))
        .default('documents'),
    )
    .option('-f, --force', 'write over files that exist')
    .action(async (folder: string, options: { template: string; force?: boolean }) => {
      const { init } = await import('./commands/init.ts');
      const template = templates[options.template];
      if (template) init(folder, template, options);
    });
  program
    .command('start')
    .description('run the platform until it is told to stop')
    .option('-w, --watch', 'apply changes of the configuration and of local plugins as they are saved')
    .option('--frozen-lock', 'refuse to start when the lock file would change')
    .action(async (options: { watch?: boolean; frozenLock?: boolean }) => {
      const { start } = await import('./commands/start.ts');
      await start({ ...common(), ...options });
    });
  program
    .command('reload')
    .description('have the running platform read its configuration again')
    .action(async () => {
      const { reload } = await import('./commands/reload.ts');
      await reload(common());
    });
  program
    .command('run')
    .argument('<agent>', 'the name of the agent; "agent list" shows them')
    .argument('<question...>', 'what to ask it')
    .description('run an agent here and print its answer')
    .option('--json', 'print the run as JSON; with --journal, its events too')
    .option('--journal', 'print every event of the run before the answer')
    .action(async (agent: string, question: string[], options: { json?: boolean; journal?: boolean }) => {
      const { run } = await import('./commands/run.ts');
      await run(agent, question.join(' '), { ...common(), ...options });
    });
  program
    .command('doctor')
    .description('list everything missing or wrong, each with how to mend it')
    .action(async () => {
      const { doctor } = await import('./commands/doctor.ts');
      if (!(await doctor(common()))) process.exitCode = 1;
    });
}

function addListCommands(program: Command, common: () => CommonOptions): void {
  const agent = program.command('agent').description('the agents');
  agent
    .command('list')
    .description('the agents that can be run')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { listAgents } = await import('./commands/lists.ts');
      await listAgents({ ...common(), ...options });
    });
  const plugin = program.command('plugin').description('the plugins');
  plugin
    .command('list')
    .description('the plugins, their state and why')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { listPlugins } = await import('./commands/lists.ts');
      await listPlugins({ ...common(), ...options });
    });
  plugin
    .command('explain')
    .argument('<name>', 'a plugin, contract or hook')
    .description('why a plugin, contract or hook is as it is')
    .action(async (name: string) => {
      const { explainPlugin } = await import('./commands/lists.ts');
      await explainPlugin(name, common());
    });
  plugin
    .command('lock')
    .description('accept what the configuration resolves to now')
    .action(async () => {
      const { lockPlugins } = await import('./commands/lists.ts');
      await lockPlugins(common());
    });
}

/** Runs the command line and sets the exit status: 0 done, 1 failed, 2 wrong use, 78 bad configuration. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    printError(error, program.opts<CommonOptions>().verbose);
    const config =
      isAgentFactoryError(error) && /^AF_(CONFIG|MANIFEST|DISCOVER|RESOLVE|LOCK|SCHEMA)_/.test(error.code);
    process.exitCode = config ? badConfig : 1;
  }
}

function aboutTemplates(): string {
  return Object.entries(templates)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join('; ');
}
