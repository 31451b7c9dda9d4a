import { Option, type Command } from 'commander';
import type { CommonOptions } from './boot.ts';
import type { ForkOptions } from './commands/replay.ts';

/** Adds to `agent-factory runs` what is done with recorded runs: replay, fork, diff. */
export function addReplayCommands(runs: Command, common: () => CommonOptions): void {
  const load = () => import('./commands/replay.ts');
  const source = (flags: string, about: string): Option =>
    new Option(flags, about).choices(['live', 'recorded']);
  runs
    .command('replay')
    .argument('<id>', 'the run')
    .description('execute it again against its journal: nothing is asked, and the same has to come out')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      (await load()).replayRun(id, { ...common(), ...options }),
    );
  runs
    .command('fork')
    .argument('<id>', 'the run')
    .description('a new run that shares its beginning and goes on with changes')
    .option('--at <event>', 'number of the first event that happens anew (default: the first affected)')
    .option('--model <name...>', 'another model, or several in order of preference')
    .option('--instructions <text>', 'other instructions')
    .option('--tool <name...>', 'other tools; "" for none')
    .option('--input <input>', 'another question, or for a workflow JSON')
    .option('--turns <number>', 'another limit of turns')
    .addOption(source('--models <source>', 'where answers of models come from'))
    .addOption(source('--tools <source>', 'where results of tools come from'))
    .option('--json', 'print JSON')
    .action(async (id: string, options: ForkOptions) =>
      (await load()).forkRun(id, { ...common(), ...options }),
    );
  runs
    .command('diff')
    .argument('<left>', 'a run')
    .argument('<right>', 'another run')
    .description('what they did, said, cost and took differently')
    .option('--json', 'print JSON')
    .action(async (left: string, right: string, options: { json?: boolean }) =>
      (await load()).diffOfRuns(left, right, { ...common(), ...options }),
    );
}
