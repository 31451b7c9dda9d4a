import type { Kernel } from '@agent-factory/kernel';
import type { Json } from '@agent-factory/sdk';
import {
  defaultTenant,
  eventsOfRun,
  Journal,
  RunReplay,
  type ForkOverrides,
  type ForkRequest,
  type ReplayReport,
} from '@agent-factory/sdk/contracts';
import { answerOf, diffRuns, runDiffText, type RunEvent } from '@agent-factory/sdk/domain';
import { runtimeOf, withPlatform, type CommonOptions } from '../boot.ts';
import { paint, print } from '../terminal.ts';

/** Options of the commands that look at recorded runs. */
export interface ReplayOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Options of `runs fork`. */
export interface ForkOptions extends ReplayOptions {
  /** Number of the first event that happens anew. */
  readonly at?: string;
  readonly model?: readonly string[];
  readonly instructions?: string;
  /** Names of tools; one empty text for none. */
  readonly tool?: readonly string[];
  /** A question, or JSON. */
  readonly input?: string;
  readonly turns?: string;
  readonly models?: 'live' | 'recorded';
  readonly tools?: 'live' | 'recorded';
}

/** `agent-factory runs replay <id>`: executes it again against its journal. */
export async function replayRun(id: string, options: ReplayOptions): Promise<void> {
  const report = await withPlatform(options, (kernel) =>
    kernel.use(RunReplay).tenant(defaultTenant).replay(id),
  );
  if (options.json) return print(JSON.stringify(report, null, 2));
  for (const line of linesOf(report, '')) print(line);
}

/** `agent-factory runs fork <id>`: goes on with it in another way, and prints what comes of it. */
export async function forkRun(id: string, options: ForkOptions): Promise<void> {
  const { forked, run } = await withPlatform(options, async (kernel) => {
    const made = await kernel.use(RunReplay).tenant(defaultTenant).fork(id, requestOf(options));
    return { forked: made, run: await runtimeOf(kernel).tenant(defaultTenant).wait(made.run.id) };
  });
  if (options.json) return print(JSON.stringify({ ...forked, run }, null, 2));
  print(`${run.id}  ${paint('bold', run.status)}`);
  print(`It goes its own way from event ${forked.from} on (${forked.step}). ${forked.reason}`);
  if (run.error) print(`${run.error.message} ${run.error.fix} (${run.error.code})`);
  if (run.output !== undefined) print(answerOf(run));
}

/** `agent-factory runs diff <left> <right>`: what two runs did differently. */
export async function diffOfRuns(left: string, right: string, options: ReplayOptions): Promise<void> {
  const diff = await withPlatform(options, async (kernel) =>
    diffRuns(await eventsOf(kernel, left), await eventsOf(kernel, right)),
  );
  print(options.json ? JSON.stringify(diff, null, 2) : runDiffText(diff));
}

async function eventsOf(kernel: Kernel, id: string): Promise<readonly RunEvent[]> {
  await runtimeOf(kernel).tenant(defaultTenant).get(id);
  return eventsOfRun(kernel.use(Journal).tenant(defaultTenant), id);
}

function requestOf(options: ForkOptions): ForkRequest {
  const { at, model, instructions, tool, input, turns, models, tools } = options;
  const overrides: ForkOverrides = {
    ...(model && { model: model.length === 1 ? (model[0] ?? '') : model }),
    ...(instructions !== undefined && { instructions }),
    ...(tool && { tools: tool.filter((name) => name !== '') }),
    ...(input !== undefined && { input: inputOf(input) }),
    ...(turns !== undefined && { limits: { turns: Number(turns) } }),
  };
  return {
    ...(at !== undefined && { seq: Number(at) }),
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(models && { models }),
    ...(tools && { tools }),
  };
}

/** A question is text; a workflow is given JSON. */
function inputOf(text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch {
    return text;
  }
}

function linesOf(
  { runId, status, events, reordered, children }: ReplayReport,
  indent: string,
): readonly string[] {
  const order = reordered === 0 ? '' : `, ${reordered} of them earlier`;
  return [
    `${indent}${runId}  ${status}: ${events} events came out equal${order}`,
    ...children.flatMap((child) => linesOf(child, `${indent}  `)),
  ];
}
