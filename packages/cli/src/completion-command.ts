import { Argument, type Command } from 'commander';
import { shells, type Shell } from './shells.ts';

/** Adds `agent-factory completion`, which prints what a shell completes the program's words with. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script: eval "$(agent-factory completion bash)"')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: Shell) => {
      const { completion } = await import('./commands/completion.ts');
      completion(program, shell);
    });
}
