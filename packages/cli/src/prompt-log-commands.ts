import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { PromptLogOptions } from './commands/prompt-log.ts';

/** Adds `agent-factory prompt-log …`: calls of models and tools, listed, searched and exported. */
export function addPromptLogCommands(program: Command, common: () => CommonOptions): void {
  const log = program.command('prompt-log').description('what models and tools were asked, and answered');
  const load = () => import('./commands/prompt-log.ts');
  const filtered = (command: Command): Command =>
    command
      .option('--agent <name>', 'only calls of this agent or workflow')
      .addOption(new Option('--kind <kind>', 'only calls of models, or of tools').choices(['model', 'tool']))
      .option('--provider <name>', 'only calls of this provider')
      .option('--model <name>', 'only calls of this model')
      .option('--tool <name>', 'only calls of this tool')
      .addOption(new Option('-s, --status <status>', 'only those that ended so').choices(['ok', 'failed']))
      .option('--session <name>', 'only those of this conversation')
      .option('--run <id>', 'only those of this run')
      .option('--from <time>', 'only those that ended then or later')
      .option('--to <time>', 'only those that ended before')
      .option('--min-cost <usd>', 'only those that cost at least this')
      .option('--min-tokens <number>', 'only those with at least so many tokens');
  const paged = (command: Command): Command =>
    filtered(command)
      .option('-n, --limit <number>', 'at most this many (default: 50)')
      .option('--after <cursor>', 'the page after the one that said so')
      .option('--json', 'print JSON');
  paged(log.command('list'))
    .description('the newest calls')
    .action(async (options: PromptLogOptions) =>
      (await load()).listPromptLog(undefined, { ...common(), ...options }),
    );
  paged(log.command('search').argument('<words...>', 'words that all stand in it'))
    .description('calls in which words stand')
    .action(async (words: string[], options: PromptLogOptions) =>
      (await load()).listPromptLog(words.join(' '), { ...common(), ...options }),
    );
  log
    .command('show')
    .argument('<entry>', 'the entry: a run, a colon and a number')
    .description('one call as JSON')
    .action(async (id: string) => (await load()).showPromptLogEntry(id, common()));
  filtered(log.command('export'))
    .description('all calls that fit, as text for other programs')
    .addOption(
      new Option('-f, --format <format>', 'JSON Lines, or the spans of one run for OpenTelemetry')
        .choices(['jsonl', 'otlp'])
        .default('jsonl'),
    )
    .option('--content', 'with otlp: also what was asked and answered')
    .action(async (options: PromptLogOptions & { format: 'jsonl' | 'otlp'; content?: boolean }) =>
      (await load()).exportPromptLog({ ...common(), ...options }),
    );
}
