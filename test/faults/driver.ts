import { statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { PlatformRole } from '@agent-factory/sdk';
import { defaultTenant, Journal, TenantStorage } from '@agent-factory/sdk/contracts';
import { faultAgent } from './fault-agent.ts';
import { platformConfig, type FaultPlatform } from './fault-platform.ts';
import { FaultProcess } from './fault-process.ts';
import { countEffects, judgeRuns, type AcceptedRun } from './judge-runs.ts';

/** What is to be endured. */
export interface FaultOptions {
  readonly platform: FaultPlatform;
  /** Processes killed with SIGKILL; each is replaced at once. */
  readonly kills: number;
  readonly runs: number;
  /** Decides who is killed and when; what it meets depends on the machine. */
  readonly seed: number;
  /** Longest time of a model's answer or of a tool. Default 15. */
  readonly slowMs?: number;
  /** Tenants beside the default one. Default 2. */
  readonly tenants?: number;
  /** Longest time from the last kill until every run has ended. Default 60,000. */
  readonly settleMs?: number;
  /** Harms a server that the platform stands on; called ten times, between kills. */
  readonly disturb?: () => Promise<void>;
  /** Told how far it is, ten times. */
  readonly onProgress?: (text: string) => void;
}

/** What came of it. */
export interface FaultReport {
  readonly accepted: number;
  readonly kills: number;
  /** Runs by the status they ended in. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Every rule that was broken, as sentences; none when all is well. */
  readonly faults: readonly string[];
  readonly ms: number;
}

/**
 * Starts a platform's processes, gives them runs, and kills them one after another. Then it waits until every run has
 * ended, ends the processes, and judges: every acknowledged run ended or waits for a decision, no effect that may not
 * be repeated happened twice, and every journal is whole and rebuilds its run.
 */
export async function endureFaults(options: FaultOptions): Promise<FaultReport> {
  const {
    platform,
    kills,
    runs,
    seed,
    tenants = 2,
    slowMs = 15,
    settleMs = 60_000,
    disturb,
    onProgress,
  } = options;
  const began = performance.now();
  const random = randomFrom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-faults-'));
  const effects = join(dataDir, 'effects');
  writeFileSync(effects, '');
  const open = async (): Promise<Kernel> => {
    const kernel = createKernel({
      config: withoutWork(platformConfig(platform, dataDir)),
      baseDir: dataDir,
      memory: [faultAgent(effects, 0, () => {})],
      env: {},
      lock: false,
      role: 'api',
    });
    await kernel.start();
    return kernel;
  };
  const processes: FaultProcess[] = [];
  let isOver = false;
  /** Keeps a process of that role at that place, as a supervisor of services would. */
  const supervise = (at: number, role: PlatformRole): void => {
    const one = new FaultProcess({ platform, role, dataDir, effects, slowMs });
    processes[at] = one;
    void one.ended.then(() => {
      if (!isOver) supervise(at, role);
    });
  };
  const accepted = new Map<string, AcceptedRun>();
  const faults: string[] = [];

  const accept = async (index: number, names: readonly string[]): Promise<void> => {
    const key = `run-${index}`;
    const tenant = names[index % names.length] ?? defaultTenant;
    for (;;) {
      const door = processes.filter(({ isAlive, options: { role } }) => isAlive && role !== 'worker');
      const runId = await door[Math.floor(random() * door.length)]?.start(key, tenant);
      if (runId !== undefined) return void accepted.set(key, { tenant, runId });
      await sleep(20);
    }
  };

  try {
    const first = await open(); // makes the tables before many do at once
    const names = [defaultTenant, ...Array.from({ length: tenants }, (_, index) => `tenant-${index + 1}`)];
    for (const name of names) await first.use(TenantStorage).create(name);
    await first.close();

    for (const [at, role] of platform.roles.entries()) supervise(at, role);
    await Promise.all(processes.map(({ ready }) => ready));
    const accepting: Promise<void>[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const upTo = Math.ceil((runs * (kill + 1)) / kills);
      while (accepting.length < upTo) accepting.push(accept(accepting.length, names));
      const victim = processes[Math.floor(random() * processes.length)];
      if (!victim) throw new Error('A platform has at least one process.');
      // Most are killed at work, some while they boot.
      if (random() < 0.9) {
        await victim.ready.catch(() => {});
        await grown(effects, random() * mostBetween);
      } else await sleep(random() * 500);
      victim.signal('SIGKILL');
      await victim.ended;
      if ((kill + 1) % Math.ceil(kills / 10) > 0) continue;
      await disturb?.();
      onProgress?.(`${kill + 1} kills, ${accepted.size} runs`);
    }
    while (accepting.length < runs) accepting.push(accept(accepting.length, names));
    await Promise.all(accepting);
    const judge = await open();
    try {
      faults.push(...(await settle(judge, names, settleMs)));
      isOver = true;
      await Promise.all(processes.map((one) => one.close()));
      faults.push(...(await judgeRuns(judge, accepted.values(), countEffects(effects))));
      const statuses = await countStatuses(judge, accepted.values());
      return { accepted: accepted.size, kills, statuses, faults, ms: performance.now() - began };
    } finally {
      await judge.close();
    }
  } finally {
    isOver = true;
    for (const one of processes) one.signal('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Effects from one kill to the next, at most; a run has six. */
const mostBetween = 48;
/** Bytes of an effect in the file, about. */
const effectBytes = 60;
/** Milliseconds to wait for them at most: there may be nothing left to do. */
const longestPeace = 1500;

/** Waits until so many effects have been added. A time instead would pass unused on a busy machine. */
async function grown(effects: string, count: number): Promise<void> {
  const until = performance.now() + longestPeace;
  const size = statSync(effects).size + count * effectBytes;
  while (performance.now() < until && statSync(effects).size < size) await sleep(2);
}

/** Waits until no run of these tenants is queued or at work; says which still are when the time is over. */
async function settle(kernel: Kernel, tenants: readonly string[], ms: number): Promise<readonly string[]> {
  const until = performance.now() + ms;
  for (;;) {
    const open: string[] = [];
    for (const tenant of tenants) {
      const journal = kernel.use(Journal).tenant(tenant);
      const unfinished = await journal.runs({ status: ['queued', 'running'], limit: 200 });
      open.push(
        ...unfinished.map(({ id, status, lastSeq }) => `${id} is stuck: ${status}, event ${lastSeq}`),
      );
    }
    if (open.length === 0) return [];
    if (performance.now() > until) return open;
    await sleep(100);
  }
}

async function countStatuses(
  kernel: Kernel,
  accepted: Iterable<AcceptedRun>,
): Promise<Readonly<Record<string, number>>> {
  const statuses: Record<string, number> = {};
  for (const { tenant, runId } of accepted) {
    const status = (await kernel.use(Journal).tenant(tenant).run(runId))?.status ?? 'lost';
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

/** The judge looks and does nothing. */
function withoutWork(config: ReturnType<typeof platformConfig>): ReturnType<typeof platformConfig> {
  const plugins = config.plugins.map((entry) =>
    typeof entry === 'object' && entry.use === '@agent-factory/plugin-agent-runtime'
      ? { ...entry, config: { ...entry.config, execute: 'here' } }
      : entry,
  );
  return { ...config, plugins };
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
