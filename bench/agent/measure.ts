import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type Remote } from './calls.ts';
import { runLoad, type Load } from './load.ts';
import { postRun } from './post-run.ts';
import { median } from './report.ts';

/**
 * Events of one run: created, started, two of each model turn, two of the tool call, succeeded; with everything on,
 * two of the memory, one of the router and one of a guardrail besides. The pieces of a stream share events as it happens.
 */
const eventsPerRun: Readonly<Record<string, number>> = {
  platform: 9,
  'platform-http': 9,
  'platform-full': 13,
};

/** One slice of work: runs done, and CPU milliseconds of the measured process for each. */
export interface Slice {
  readonly runs: number;
  readonly cpuMsPerRun: number;
}

interface Usage {
  readonly cpuMs: number;
  readonly toolCalls: number;
}

/** A subject under measurement. */
export interface Measured {
  readonly kind: string;
  slice(load: Load): Promise<Slice>;
  /** Bytes of heap kept for each run, after forced collections: the median of five parts of `runs` runs. */
  heapKept(runs: number): Promise<number>;
  /** Checks the journal and ends the process. */
  end(): Promise<void>;
}

/** Starts a subject; every slice checks answers, tool calls and the turns the model server saw. */
export async function startSubject(kind: string, fake: Remote): Promise<Measured> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-bench-'));
  const modelUrl = await fake.call<string>('url');
  const subject = await startProcess('subject.ts', [kind], { MODEL_URL: modelUrl, DATA_DIR: dataDir });
  const url = await subject.call<string | undefined>('url');
  const load = (wanted: Load): Promise<number> =>
    url === undefined ? subject.call('load', wanted) : runLoad((question) => postRun(url, question), wanted);
  let total = 0;

  const slice = async (wanted: Load): Promise<Slice> => {
    await fake.call('turns');
    const before = await subject.call<Usage>('usage');
    const runs = await load(wanted);
    const after = await subject.call<Usage>('usage');
    const turns = await fake.call<{ tool: number; final: number; bad: number }>('turns');
    const seen = [after.toolCalls - before.toolCalls, turns.tool, turns.final, turns.bad];
    if (String(seen) !== String([runs, runs, runs, 0])) {
      throw new Error(
        `${kind}: ${runs} runs, but tool calls, tool turns, final turns, bad requests: ${String(seen)}`,
      );
    }
    total += runs;
    return { runs, cpuMsPerRun: (after.cpuMs - before.cpuMs) / runs };
  };

  return {
    kind,
    slice,
    heapKept: async (runs) => {
      const kept: number[] = [];
      let before = NaN;
      for (let part = 0; part <= 5; part++) {
        await slice({ concurrency: 8, runs });
        const now = await subject.call<number>('heap');
        if (part > 0) kept.push((now - before) / runs); // the first part only warms up
        before = now;
      }
      return median(kept);
    },
    end: async () => {
      const rows = await subject.call<Readonly<Record<string, number>>>('rows');
      await subject.call('end');
      await subject.stop();
      await rm(dataDir, { recursive: true, force: true });
      if (!kind.startsWith('platform')) return;
      const each = eventsPerRun[kind];
      const events = each === undefined ? rows['events'] : total * each;
      const expected = { runs: total, succeeded: total, events };
      if (JSON.stringify(rows) !== JSON.stringify(expected)) {
        throw new Error(
          `${kind}: the journal holds ${JSON.stringify(rows)}, expected ${JSON.stringify(expected)}`,
        );
      }
    },
  };
}

/** How many runs go on at once, in turns. */
export const concurrencies: readonly number[] = [1, 32];

/** Warms subjects up, and adds the CPU milliseconds for each run of every slice to `cpu`, by `kind concurrency`. */
export async function measureSlices(
  subjects: readonly Measured[],
  plan: { readonly warmRuns: number; readonly sliceRuns: number; readonly slices: number },
  cpu: Map<string, number[]>,
): Promise<void> {
  for (const subject of subjects) await subject.slice({ concurrency: 8, runs: plan.warmRuns });
  for (let slice = 0; slice < plan.slices; slice++) {
    for (const concurrency of concurrencies) {
      for (const subject of slice % 2 ? subjects.toReversed() : subjects) {
        const { cpuMsPerRun } = await subject.slice({ concurrency, runs: plan.sliceRuns });
        const key = `${subject.kind} ${concurrency}`;
        cpu.set(key, [...(cpu.get(key) ?? []), cpuMsPerRun]);
      }
    }
  }
}
