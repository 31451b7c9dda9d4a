import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { advanceRun } from './advance-run.ts';
import { bootPositions, effectsOf, type PositionPlatform } from './position-platform.ts';

const child = fileURLToPath(new URL('./position-child.ts', import.meta.url));

/** What came of it. */
export interface PositionReport {
  /** Appends of a run that is left alone. */
  readonly positions: number;
  /** Processes that were killed. */
  readonly kills: number;
  /** Runs that had to ask a person what became of the write. */
  readonly asked: number;
  /** Rules that were broken, each with its place. */
  readonly faults: readonly string[];
}

/** How the state of one platform is made, and removed. */
export type OpenPlatform = (dataDir: string) => Promise<PositionPlatform & { close?(): Promise<void> }>;

/** Kills a process at each append of a workflow's run, before it and after it, and sees that another goes on. */
export async function endurePositions(
  open: OpenPlatform,
  onProgress: (text: string) => void = () => {},
): Promise<PositionReport> {
  const compiled = await mkdtemp(join(tmpdir(), 'agent-factory-compiled-'));
  const faults: string[] = [];
  let kills = 0;
  let asked = 0;

  /** One position, in a place of its own; the appends of the run, when it was not killed. */
  const at = async (position: number, side: 'before' | 'after'): Promise<number | undefined> => {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-position-'));
    const { close, ...platform } = await open(dataDir);
    try {
      const appends = await killedAt(platform, position, side, compiled);
      if (appends !== undefined) return appends;
      kills += 1;
      const judged = await judge(platform);
      asked += judged.asked ? 1 : 0;
      faults.push(...judged.faults.map((fault) => `${side} append ${position}: ${fault}`));
      return undefined;
    } finally {
      await close?.();
      await rm(dataDir, { recursive: true, force: true });
    }
  };

  try {
    let positions: number | undefined;
    for (let position = 1; positions === undefined; position += 1) {
      positions = await at(position, 'before');
      if (positions === undefined) await at(position, 'after');
      onProgress(`${kills} killed, ${faults.length} rules broken`);
    }
    return { positions, kills, asked, faults };
  } finally {
    await rm(compiled, { recursive: true, force: true });
  }
}

async function killedAt(
  platform: PositionPlatform,
  position: number,
  side: string,
  compiled: string,
): Promise<number | undefined> {
  const process_ = fork(child, [JSON.stringify(platform), String(position), side], {
    execArgv: ['--conditions=@agent-factory/source'],
    // Most of a boot is compiling, which the processes before have done.
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let appends: number | undefined;
  process_.on('message', (message) => {
    ({ appends } = message as { appends: number }); // it sends nothing else
  });
  const [code, signal] = (await once(process_, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The process ended with ${code ?? signal}.`);
  return signal === 'SIGKILL' ? undefined : appends;
}

/** Goes on with the run in this process, and says which rules were broken. */
async function judge(platform: PositionPlatform): Promise<{ faults: readonly string[]; asked: boolean }> {
  const before = effectsOf(platform);
  const kernel = await bootPositions(platform);
  try {
    const run = await advanceRun(kernel, (tool) => before.includes(tool));
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const events = await journal.read(run.id);
    const { fails = false } = platform;
    const faults = [...broken(events, effectsOf(platform), fails)];
    const isAsPlanned = fails
      ? run.status === 'failed' && run.error?.code === 'AF_TOOL_FAILED'
      : run.status === 'succeeded' && run.output === 'tell done';
    if (!isAsPlanned) faults.push(`the run is ${run.status}: ${JSON.stringify(run.error ?? run.output)}`);
    const runs = await kernel.use(AgentRuntime).tenant(defaultTenant).list();
    if (runs.length !== 2) faults.push(`there are ${runs.length} runs, and not 2`);
    for (const { id, status } of runs) {
      const wrong = await journal.verify(id);
      if (wrong) faults.push(`the chain of run ${id} is broken at ${wrong.seq}: ${wrong.reason}`);
      if (status !== 'succeeded' && id !== run.id) faults.push(`run ${id} is ${status}`);
    }
    return { faults, asked: events.some(({ type }) => type === 'decision.resolved') };
  } finally {
    await kernel.close();
  }
}

function* broken(events: readonly RunEvent[], effects: readonly string[], fails: boolean): Generator<string> {
  for (const [write, times] of [
    ['pay', 1],
    ['unpay', fails ? 1 : 0],
  ] as const) {
    const made = effects.filter((name) => name === write).length;
    if (made !== times) yield `the write "${write}" was made ${made} times`;
  }
  const ends = new Map<string, number>();
  for (const { type, data } of events) {
    if (type === 'step.finished' || type === 'tool.finished' || type === 'child.finished')
      ends.set(`${type} ${data.path}`, (ends.get(`${type} ${data.path}`) ?? 0) + 1);
    else if (type === 'step.started')
      ends.set(`${type} ${data.path}`, (ends.get(`${type} ${data.path}`) ?? 0) + 1);
  }
  for (const [what, times] of ends) if (times !== 1) yield `${what} is there ${times} times`;
  // Steps begun and ended, calls of tools, and a run; what undoes is one of each.
  if (ends.size !== 6 + 6 + 3 + 1 + (fails ? 3 : 0))
    yield `there are ${ends.size} steps and calls: ${[...ends.keys()].join(', ')}`;
}
