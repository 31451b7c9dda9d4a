import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Isolation, type IsolationLevel } from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

/** What a hostile plugin does to the platform and to a plugin beside it. */
export interface Siege {
  readonly attack: string;
  /** 99th percentile of the delay of the platform's event loop, in ms. */
  readonly lagMs: number;
  /** 99th percentile of the other plugin's calls during attacks, in ms, and just before them: of all rounds together. */
  readonly p99Ms: number;
  readonly quietMs: number;
  /** MiB by which the platform's memory grew. */
  readonly grownMib: number;
  readonly blamed: string;
}

const fixtures = join(import.meta.dirname, '../../plugins/isolation-process/test/fixtures');

/** Platforms, one after the other; and rounds on each: one fewer than the crashes that disable a plugin. */
const [platforms, rounds] = [3, 4];

/**
 * Boots both plugins, and by turns measures the good one alone and beside the attack, for so many ms each: what else
 * the machine does in that time is in both.
 */
export async function measureSiege(level: IsolationLevel, attack: string, ms: number): Promise<Siege> {
  const [quiet, beside]: [number[], number[]] = [[], []];
  const seen = [];
  for (let platform = 0; platform < platforms; platform++)
    seen.push(await besiege(level, attack, { ms, quiet, beside }));
  return {
    attack,
    lagMs: Math.max(...seen.map(({ lagMs }) => lagMs)),
    p99Ms: p99Of(beside),
    quietMs: p99Of(quiet),
    grownMib: Math.max(...seen.map(({ grownMib }) => grownMib)),
    blamed: [...new Set(seen.map(({ blamed }) => blamed))].join(' or '),
  };
}

function p99Of(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? NaN;
}

/** One platform under attack; the times of calls, in ms, are added to both lists. */
async function besiege(
  level: IsolationLevel,
  attack: string,
  { ms, quiet, beside }: { ms: number; quiet: number[]; beside: number[] },
): Promise<Pick<Siege, 'lagMs' | 'grownMib' | 'blamed'>> {
  const kernel = await bootTestKernel({
    plugins: [
      // A spare would be started while the quiet is measured.
      { use: '@agent-factory/plugin-isolation-process', config: { strongest: level, spare: 0 } },
      { use: join(fixtures, 'good'), isolation: level },
      { use: join(fixtures, 'hostile'), isolation: level },
    ],
  });
  try {
    const tools = kernel.all(Tool);
    const toolOf = (name: string): Tool => {
      const tool = tools.find(({ value }) => value.name === name)?.value;
      if (!tool) throw new Error(`there is no tool ${name}`);
      return tool;
    };
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    const signal = new AbortController().signal;
    const context: ToolCallContext = {
      signal,
      runId: 'run-1',
      tenant: 'default',
      idempotencyKey: 'key-1',
      log,
    };
    const good = toolOf('good');
    const callInto = async (times: number[]): Promise<void> => {
      for (const end = performance.now() + ms; performance.now() < end;) {
        const began = performance.now();
        await good.run({ text: 'x'.repeat(100) }, context);
        times.push(performance.now() - began);
        await sleep(1); // a load, not a flood
      }
    };
    /** Until the hostile plugin runs again after its last attack. */
    const back = async (): Promise<void> => {
      const harmless = toolOf('environment');
      while (!(await harmless.run({}, context).catch(() => undefined))) await sleep(100);
    };
    await callInto([]);
    const before = process.memoryUsage.rss();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    for (let round = 0; round < rounds; round++) {
      await back();
      await sleep(200); // what starts it is over
      await callInto(quiet);
      delay.enable();
      const harm = toolOf(attack)
        .run({}, context)
        .catch(() => undefined);
      await callInto(beside);
      delay.disable();
      await Promise.race([harm, sleep(30_000, undefined, { ref: false })]);
    }
    const states = await kernel.use(Isolation).plugins();
    return {
      lagMs: delay.percentile(99) / 1e6,
      grownMib: (process.memoryUsage.rss() - before) / 1_048_576,
      blamed:
        states
          .filter(({ crashes }) => crashes > 0)
          .map(({ id }) => id)
          .join(', ') || 'nobody',
    };
  } finally {
    await kernel.close();
  }
}
