import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import type { AgentRuntime } from '@agent-factory/sdk/contracts';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, startProgress, type Progress } from '../terminal.ts';

/** Options of `run`. */
export interface RunOptions extends CommonOptions {
  /** Print the run as JSON instead of the answer. */
  readonly json?: boolean;
  /** Print the journal, event by event, instead of the answer alone. */
  readonly journal?: boolean;
}

/** `agent-factory run <agent> <question>`: runs an agent in this process and prints its answer. */
export async function run(agent: string, question: string, options: RunOptions): Promise<void> {
  const progress = startProgress();
  progress.say('starting');
  try {
    await withPlatform(options, async (kernel) => {
      const runtime = runtimeOf(kernel);
      const accepted = await runtime.start({ agent, input: question });
      const interrupt = (): void => void runtime.cancel(accepted.id, 'interrupted');
      process.once('SIGINT', interrupt);
      try {
        await follow(runtime, accepted.id, options, progress);
        report(await runtime.get(accepted.id), options, progress);
      } finally {
        process.removeListener('SIGINT', interrupt);
      }
    });
  } finally {
    progress.done();
  }
}

async function follow(runtime: AgentRuntime, id: string, options: RunOptions, progress: Progress): Promise<void> {
  for await (const event of runtime.events(id)) {
    if (options.journal && !options.json) {
      progress.done();
      print(`${paint('dim', String(event.seq).padStart(3))} ${event.type} ${paint('dim', JSON.stringify(event.data))}`);
    }
    progress.say(stepOf(event));
  }
}

function stepOf(event: RunEvent): string {
  switch (event.type) {
    case 'model.requested':
      return `asking ${event.data.provider}/${event.data.model} (turn ${event.data.turn})`;
    case 'tool.started':
      return `calling ${event.data.tool}`;
    default:
      return event.type;
  }
}

function report(result: Run, options: RunOptions, progress: Progress): void {
  progress.done();
  if (options.json) print(JSON.stringify(result, null, 2));
  if (result.status !== 'succeeded') {
    const { message, fix, code } = result.error ?? { message: result.waitingFor ?? 'it was cancelled', fix: '', code: '' };
    const mend = [fix, code].filter(Boolean).join(' ') || 'Start it again when you wish.';
    throw errors.AF_CLI_RUN_FAILED({ status: result.status, reason: message, mend });
  }
  if (options.json) return;
  print(result.output ?? '');
  if (result.citations.length === 0) return;
  print();
  print(paint('bold', 'Sources'));
  for (const { source, line, endLine } of result.citations) {
    const lines = line === undefined ? '' : `:${line}${endLine && endLine > line ? `-${endLine}` : ''}`;
    print(`  ${source}${lines}`);
  }
}
