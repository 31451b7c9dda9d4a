import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { RunOptions } from './commands/run.ts';
import type { DiagramOptions } from './commands/workflow.ts';

/** Adds `agent-factory workflow …` and `agent-factory router …`: look at them, draw them, run them. */
export function addWorkflowCommands(program: Command, common: () => CommonOptions): void {
  const load = () => import('./commands/workflow.ts');
  for (const kind of ['workflow', 'router'] as const) {
    const command = program.command(kind).description(`the ${kind}s`);
    command
      .command('list')
      .description(`the ${kind}s that can be run`)
      .option('--json', 'print JSON')
      .action(async (options: { json?: boolean }) =>
        (await load()).listGraphs(kind, { ...common(), ...options }),
      );
    command
      .command('show')
      .argument('<name>', `the ${kind}`)
      .description('its definition as JSON')
      .action(async (name: string) => (await load()).showGraph(kind, name, common()));
    command
      .command('diagram')
      .argument('<name>', `the ${kind}`)
      .description('draw it, as text for another tool')
      .addOption(
        new Option('-f, --format <format>', 'for which tool')
          .choices(['mermaid', 'graphviz'])
          .default('mermaid'),
      )
      .action(async (name: string, options: DiagramOptions) =>
        (await load()).drawGraph(kind, name, { ...common(), ...options }),
      );
    command
      .command('run')
      .argument('<name>', `the ${kind}`)
      .argument('[input]', kind === 'workflow' ? 'what it is given, as JSON' : 'what to ask it', 'null')
      .description('run it here and print its result; one that waits can be gone on with later')
      .option('--json', 'print the run as JSON; with --journal, its events too')
      .option('--journal', 'print every event of the run before the result')
      .action(async (name: string, input: string, options: RunOptions) =>
        (await load()).runGraph(kind, name, input, { ...common(), ...options }),
      );
  }
}
