import { Command, CommanderError, Option } from 'commander';
import { kernelVersion } from '@agent-factory/kernel';
import { isAgentFactoryError, type PlatformRole } from '@agent-factory/sdk';
import { addBlueprintCommands } from './blueprint-commands.ts';
import type { CommonOptions } from './boot.ts';
import type { StartOptions } from './commands/start.ts';
import { addCompletionCommand } from './completion-command.ts';
import { templates } from './templates.ts';
import { addAccessCommands } from './access-commands.ts';
import { addApiCommands } from './api-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addMarketCommands } from './plugin-program.ts';
import { printError } from './terminal.ts';
import { addAgentCommands, addRunCommands } from './run-commands.ts';
import { addEvaluationCommands } from './evaluation-commands.ts';
import { addKnowledgeCommands } from './knowledge-commands.ts';
import { addPromptLogCommands } from './prompt-log-commands.ts';
import { addSecretCommands } from './secret-commands.ts';
import { addSettingCommands } from './setting-commands.ts';
import { addStorageCommands } from './storage-commands.ts';
import { addToolCommands } from './tool-commands.ts';
import { addWorkflowCommands } from './workflow-commands.ts';

/** Exit status for a configuration that cannot be used (sysexits.h). */
const badConfig = 78;

const examples = `
Examples:
  agent-factory init my-agents
  agent-factory start --watch
  agent-factory start --role worker
  agent-factory run librarian "How is a plugin isolated?"
  agent-factory plugin explain storage

Exit status: 0 done, 1 failed, 2 wrong use, 78 configuration that cannot be used, 130 interrupted.`;

type AddCommands = (program: Command, common: () => CommonOptions) => void;

/** What adds commands, by the words they begin with. */
const commands: Readonly<Record<string, AddCommands>> = {
  'init start reload run doctor': addPlatformCommands,
  'agent plugin': addListCommands,
  'storage maintenance': addStorageCommands,
  api: addApiCommands,
  audit: addAuditCommands,
  'key auth': addAccessCommands,
  secret: addSecretCommands,
  setting: addSettingCommands,
  runs: addRunCommands,
  'prompt-log': addPromptLogCommands,
  tool: addToolCommands,
  knowledge: addKnowledgeCommands,
  'workflow router': addWorkflowCommands,
  blueprint: addBlueprintCommands,
  evaluation: addEvaluationCommands,
};

/**
 * Builds the command line: the part of it that its first word is one of, or else all. Each command's code is loaded
 * when it is called.
 */
function createProgram(first: string | undefined): Command {
  const all = Object.keys(commands);
  const asked = all.filter((words) => words.split(' ').includes(first ?? ''));
  const program = new Command('agent-factory')
    .description('Build, run and watch AI agents.')
    .version(kernelVersion)
    .option('-c, --config <file>', 'the configuration file (default: searched from here upwards)')
    .option('-v, --verbose', 'log lines down to debug, and stacks of errors')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', examples)
    .exitOverride();
  const common = (): CommonOptions => program.opts<CommonOptions>();
  for (const words of asked.length > 0 ? asked : all) commands[words]?.(program, common);
  addCompletionCommand(program);
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
    .addOption(
      new Option('-r, --role <role>', 'what this process is for: to answer callers, to work, or both')
        .choices(['all', 'api', 'worker'])
        .default('all'),
    )
    .option('-w, --watch', 'apply changes of the configuration and of local plugins as they are saved')
    .option('--frozen-lock', 'refuse to start when the lock file would change')
    .option('--check-blocks <time>', 'how often registries are asked which plugins are blocked', '1h')
    .action(async (options: Omit<StartOptions, keyof CommonOptions> & { role: PlatformRole }) => {
      await (await import('./commands/start.ts')).start({ ...common(), ...options });
    });
  program
    .command('reload')
    .description('have the running platform read its configuration again')
    .addOption(processOption('all that run here'))
    .action(async (options: { process?: string }) => {
      const { reload } = await import('./commands/reload.ts');
      await reload({ ...common(), ...options });
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
    .addOption(processOption('all that run here'))
    .action(async (options: { process?: string }) => {
      const { doctor } = await import('./commands/doctor.ts');
      if (!(await doctor({ ...common(), ...options }))) process.exitCode = 1;
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
  addAgentCommands(agent, common);
  const plugin = program.command('plugin').description('the plugins');
  plugin
    .command('list')
    .description('the plugins, their state and why')
    .option('--json', 'print JSON')
    .addOption(processOption('the first'))
    .action(async (options: { json?: boolean; process?: string }) => {
      const { listPlugins } = await import('./commands/lists.ts');
      await listPlugins({ ...common(), ...options });
    });
  plugin
    .command('explain')
    .argument('<name>', 'a plugin, contract or hook')
    .description('why a plugin, contract or hook is as it is')
    .addOption(processOption('the first'))
    .action(async (name: string, options: { process?: string }) => {
      const { explainPlugin } = await import('./commands/lists.ts');
      await explainPlugin(name, { ...common(), ...options });
    });
  plugin
    .command('lock')
    .description('accept what the configuration resolves to now')
    .action(async () => {
      const { lockPlugins } = await import('./commands/lists.ts');
      await lockPlugins(common());
    });
  addMarketCommands(plugin, common);
}

/** Runs the command line and sets the exit status: 0 done, 1 failed, 2 wrong use, 78 bad configuration. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram(argv[2]);
  let running: Command | undefined;
  program.hook('preAction', (_program, command) => void (running = command));
  const note = async (failure?: { readonly error: unknown }): Promise<void> => {
    if (!running) return;
    const { noteCommand } = await import('./note-command.ts');
    await noteCommand(running, program.opts<CommonOptions>(), failure);
  };
  try {
    await program.parseAsync(argv);
    await note();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    printError(error, program.opts<CommonOptions>().verbose);
    await note({ error });
    const config =
      isAgentFactoryError(error) && /^AF_(CONFIG|MANIFEST|DISCOVER|RESOLVE|LOCK|SCHEMA)_/.test(error.code);
    process.exitCode = config ? badConfig : 1;
  }
}

/** Which of several running processes a command asks. */
function processOption(without: string): Option {
  return new Option('-p, --process <name>', `the process to ask, such as worker-4711 (default: ${without})`);
}

function aboutTemplates(): string {
  return Object.entries(templates)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join('; ');
}
