import { Command, CommanderError, Option } from 'commander';
import { kernelVersion } from '@agent-factory/kernel';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { CommonOptions } from './boot.ts';
import { shells } from './commands/completion.ts';
import { templates } from './templates.ts';
import { printError } from './terminal.ts';

/** Exit status for a configuration that cannot be used (sysexits.h). */
const badConfig = 78;

/** Builds the command line. Each command's code is loaded when it is called. */
export function createProgram(): Command {
  const program = new Command('agent-factory')
    .description('Build, run and watch AI agents.')
    .version(kernelVersion)
    .option('-c, --config <file>', 'the configuration file; default: searched from here upwards')
    .option('-v, --verbose', 'log lines down to debug')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  const common = (): CommonOptions => program.opts<CommonOptions>();

  program
    .command('init [folder]')
    .description('write a platform to start from')
    .addOption(
      new Option('-t, --template <name>', aboutTemplates()).choices(Object.keys(templates)).default('documents'),
    )
    .option('-f, --force', 'write over files that exist')
    .action(async (folder: string | undefined, options) => {
      const { init } = await import('./commands/init.ts');
      init(folder ?? '.', options);
    });

  program
    .command('start')
    .description('run the platform')
    .option('-w, --watch', 'apply changes of the configuration and of local plugins as they are saved')
    .option('--frozen-lock', 'refuse to start when the lock file would change')
    .action(async (options) => {
      const { start } = await import('./commands/start.ts');
      await start({ ...common(), ...options }, commandName());
    });

  program
    .command('run <agent> <question...>')
    .description('run an agent here and print its answer')
    .option('--json', 'print the run as JSON')
    .option('--journal', 'print every event of the run')
    .action(async (agent: string, question: string[], options) => {
      const { run } = await import('./commands/run.ts');
      await run(agent, question.join(' '), { ...common(), ...options });
    });

  const agent = program.command('agent').description('agents');
  agent
    .command('list')
    .description('the agents that can be run')
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { listAgents } = await import('./commands/lists.ts');
      await listAgents({ ...common(), ...options });
    });

  const plugin = program.command('plugin').description('plugins');
  plugin
    .command('list')
    .description('the plugins, their state and why')
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { listPlugins } = await import('./commands/lists.ts');
      await listPlugins({ ...common(), ...options });
    });
  plugin
    .command('explain <name>')
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

  program
    .command('doctor')
    .description('list everything missing or wrong, each with how to mend it')
    .action(async () => {
      const { doctor } = await import('./commands/doctor.ts');
      if (!(await doctor(common()))) process.exitCode = 1;
    });

  program
    .command('reload')
    .description('have the running platform read its configuration again')
    .action(async () => {
      const { reload } = await import('./commands/reload.ts');
      await reload(common());
    });

  program
    .command('completion')
    .description('print a completion script: eval "$(agent-factory completion bash)"')
    .addArgument(program.createArgument('<shell>', 'the shell').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const { completion } = await import('./commands/completion.ts');
      completion(program, shell);
    });

  return program;
}

/** Runs the command line and sets the exit status: 0 done, 1 failed, 2 wrong use, 78 bad configuration. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    printError(error);
    const config = isAgentFactoryError(error) && /^AF_(CONFIG|MANIFEST|DISCOVER|RESOLVE|LOCK)_/.test(error.code);
    process.exitCode = config ? badConfig : 1;
  }
}

function aboutTemplates(): string {
  return Object.entries(templates)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join('; ');
}

/** How the person called the command, for hints that can be copied. */
function commandName(): string {
  return process.env['npm_lifecycle_event'] ? 'npm run agent-factory --' : 'agent-factory';
}
