import { Option, type Command } from 'commander';
import type { RunStatus } from '@agent-factory/sdk/domain';
import type { CommonOptions } from './boot.ts';
import { addReplayCommands } from './replay-commands.ts';

const statuses: readonly RunStatus[] = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];

/** Adds `runs` and `agent` commands that look at what there is and tell it something. */
export function addRunCommands(program: Command, common: () => CommonOptions): void {
  const runs = program.command('runs').description('the runs: their journals, and what they wait for');
  const load = () => import('./commands/runs.ts');
  addReplayCommands(runs, common);
  const by = (command: Command): Command =>
    command
      .option('--by <name>', 'who says so')
      .option('--reason <text>', 'why; a model is told')
      .option('--json', 'print JSON');
  runs
    .command('list')
    .description('the newest runs')
    .addOption(new Option('-s, --status <status>', 'only those that stand there').choices(statuses))
    .option('-n, --limit <number>', 'at most this many (default: 50)')
    .option('--json', 'print JSON')
    .action(async (options: { status?: RunStatus; limit?: string; json?: boolean }) =>
      (await load()).listRuns({ ...common(), ...options }),
    );
  runs
    .command('show')
    .argument('<id>', 'the run')
    .description('a run as it stands, and what it waits for')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      (await load()).showRun(id, { ...common(), ...options }),
    );
  runs
    .command('events')
    .argument('<id>', 'the run')
    .description('its journal, event by event')
    .option('-f, --follow', 'go on until it ends or waits')
    .option('--json', 'print JSON, one event a line')
    .action(async (id: string, options: { follow?: boolean; json?: boolean }) =>
      (await load()).showEvents(id, { ...common(), ...options }),
    );
  by(runs.command('cancel').argument('<id>', 'the run'))
    .description('end a run, and those it started')
    .action(async (id: string, options: { reason?: string }) =>
      (await load()).cancelRun(id, { ...common(), ...options }),
    );
  by(runs.command('approve').argument('<id>', 'the run'))
    .description('answer a run that asks for permission')
    .option('--approval <id>', 'which question (default: the only one)')
    .option('--reject', 'say no')
    .option('--input <json>', 'what the tool is called with instead')
    .action(async (id: string, options: { approval?: string; reject?: boolean; input?: string }) =>
      (await load()).approveRun(id, { ...common(), ...options }),
    );
  by(runs.command('decide').argument('<id>', 'the run'))
    .description('say what became of a call that was in flight when the platform stopped')
    .option('--call <id>', 'which call (default: the only one)')
    .addOption(
      new Option('--outcome <what>', 'what became of it')
        .choices(['done', 'repeat', 'abandon'])
        .makeOptionMandatory(),
    )
    .option('--output <json>', 'what it gave, where it is done')
    .action(
      async (
        id: string,
        options: { call?: string; outcome: 'done' | 'repeat' | 'abandon'; output?: string },
      ) => (await load()).decideRun(id, { ...common(), ...options }),
    );
  by(runs.command('send').argument('<id>', 'the run').argument('<name>', 'what it waits for by'))
    .description('send something to a run')
    .option('--data <json>', 'what goes with it')
    .action(async (id: string, name: string, options: { data?: string }) =>
      (await load()).sendToRun(id, name, { ...common(), ...options }),
    );
}

/** Adds to the `agent` command what shows and changes definitions. */
export function addAgentCommands(agent: Command, common: () => CommonOptions): void {
  const load = () => import('./commands/agents.ts');
  agent
    .command('show')
    .argument('<name>', 'the agent')
    .description('its definition')
    .option('--revision <number>', 'as it was then')
    .action(async (name: string, options: { revision?: string }) =>
      (await load()).showAgent(name, { ...common(), ...options }),
    );
  agent
    .command('put')
    .argument('<file>', 'its definition: .yaml or .json')
    .description('create or change an agent of the tenant')
    .option('--if-revision <number>', 'only if it is at this revision; 0: only if it is new')
    .action(async (file: string, options: { ifRevision?: string }) =>
      (await load()).putAgent(file, { ...common(), ...options }),
    );
  agent
    .command('remove')
    .argument('<name>', 'the agent')
    .description('remove an agent of the tenant; its revisions stay')
    .action(async (name: string) => (await load()).removeAgent(name, common()));
  agent
    .command('revisions')
    .argument('<name>', 'the agent')
    .description('its revisions, newest first')
    .action(async (name: string) => (await load()).listRevisions(name, common()));
  agent
    .command('diff')
    .argument('<name>', 'the agent')
    .argument('<from>', 'a revision')
    .argument('<to>', 'another')
    .description('what changed from one revision to another')
    .action(async (name: string, from: string, to: string) =>
      (await load()).diffAgent(name, from, to, common()),
    );
}
