import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { ApiCallOptions, ApiOptions } from './commands/api.ts';

/** Adds `agent-factory api …`: every operation that a running platform serves, by its own list of them. */
export function addApiCommands(program: Command, _common: () => CommonOptions): void {
  const api = program.command('api').description('what a running platform serves, here or elsewhere');
  const load = () => import('./commands/api.ts');
  const reaching = (command: Command): Command =>
    command.addOption(
      new Option('--url <url>', 'where it listens; it is told who asks by AGENT_FACTORY_TOKEN')
        .env('AGENT_FACTORY_URL')
        .default('http://127.0.0.1:7070'),
    );
  reaching(api.command('list').argument('[words...]', 'only those with all of these words'))
    .description('its operations, and what each takes')
    .option('--json', 'print JSON')
    .action(async (words: string[], options: ApiOptions & { json?: boolean }) =>
      (await load()).listOperations(words, options),
    );
  reaching(
    api
      .command('call')
      .argument('<operation>', 'as "api list" shows it')
      .argument('[parameters...]', 'its parameters: name=value'),
  )
    .description('call one, and print what it answers')
    .option('--body <json>', 'what is sent')
    .option('--file <file>', 'the same, from a file: .yaml or .json')
    .action(async (operation: string, parameters: string[], options: ApiCallOptions) =>
      (await load()).callOperation(operation, parameters, options),
    );
}
