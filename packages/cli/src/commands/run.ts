import type { Kernel } from '@agent-factory/kernel';
import { defaultTenant, type RunTarget, type TenantRuntime } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { paint, print, remark, startProgress, type Progress } from '../terminal.ts';

/** Options of `run`. */
export interface RunOptions extends CommonOptions {
  /** Print the run as JSON instead of the answer; with `journal`, its events too. */
  readonly json?: boolean;
  /** Print the journal, event by event, before the answer. */
  readonly journal?: boolean;
}

const interruptedStatus = 130;

/** `agent-factory run <agent> <question>`: runs an agent in this process and prints its answer. */
export function run(agent: string, question: string, options: RunOptions): Promise<void> {
  return runTarget({ agent, input: question }, options);
}

/** Runs anything in this process and prints what it gives. */
export async function runTarget(target: RunTarget, options: RunOptions): Promise<void> {
  const progress = startProgress();
  progress.say('starting');
  try {
    await withPlatform(options, (kernel) => runHere(kernel, target, options, progress));
  } finally {
    progress.done();
  }
}

async function runHere(
  kernel: Kernel,
  request: RunTarget,
  options: RunOptions,
  progress: Progress,
): Promise<void> {
  const runtime = runtimeOf(kernel).tenant(defaultTenant);
  const { id } = await runtime.start(request);
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    progress.say('cancelling');
    // A failure shows in how the run ends.
    runtime.cancel(id, 'interrupted').catch(() => {});
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const events = await follow(runtime, id, options, progress);
    const result = await runtime.get(id);
    progress.done();
    if (options.json) print(JSON.stringify(options.journal ? { ...result, events } : result, null, 2));
    if (interrupted && result.status === 'cancelled') {
      remark(`Cancelled. Its journal is kept: run ${id}.`);
      process.exitCode = interruptedStatus;
      return;
    }
    if (result.status !== 'succeeded') throw ended(result);
    if (!options.json) for (const line of answerLines(result)) print(line);
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

/** Shows the events of a run until it has ended or waits for a person. */
async function follow(
  runtime: TenantRuntime,
  id: string,
  options: RunOptions,
  progress: Progress,
): Promise<readonly RunEvent[]> {
  const waits = new AbortController();
  // What fails here fails below too.
  runtime.wait(id).then(
    ({ status }) => status === 'waiting' && waits.abort(),
    () => {},
  );
  const events: RunEvent[] = [];
  for await (const event of runtime.events(id, { signal: waits.signal })) {
    events.push(event);
    if (options.journal && !options.json) {
      progress.done();
      print(
        `${paint('dim', String(event.seq).padStart(3))} ${event.type} ${paint('dim', JSON.stringify(event.data))}`,
      );
    }
    progress.say(stepOf(event));
  }
  if (options.journal && !options.json) print();
  return events;
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

function ended(run: Run): Error {
  const { id, status, error } = run;
  if (status === 'waiting') return waits(run);
  const reason = error?.message ?? 'no reason is kept.';
  const mend = error ? `${error.fix ?? ''} (${error.code})`.trim() : 'Start it again when you wish.';
  return errors.AF_CLI_RUN_ENDED({ run: id, status, reason, mend });
}

/** A run that waits is no failure, and no answer either: it says what it waits for, and how it goes on. */
function waits({ id, waitingFor = [] }: Run): Error {
  const reason = waitingFor.map(({ detail }) => detail).join(' ');
  const [first] = waitingFor;
  const mend =
    first?.kind === 'approval'
      ? `agent-factory runs approve ${id} --by <you>, or the same with --reject.`
      : first?.kind === 'decision'
        ? `agent-factory runs decide ${id} --call ${first.callId} --outcome done --output <JSON>, or abandon.`
        : `agent-factory runs show ${id} tells more.`;
  return errors.AF_CLI_RUN_WAITS({ run: id, reason, mend });
}

function answerLines({ output = '', citations }: Run): string[] {
  const text = typeof output === 'string' ? output : JSON.stringify(output, null, 2);
  if (citations.length === 0) return [text];
  const sources = citations.map(({ source, line, endLine }) => {
    const last = endLine !== undefined && line !== undefined && endLine > line ? `-${endLine}` : '';
    return `  ${source}${line === undefined ? '' : `:${line}${last}`}`;
  });
  return [text, '', paint('bold', 'Sources'), ...new Set(sources)];
}
