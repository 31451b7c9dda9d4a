import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { isolationLevels, type IsolationLevel, type IsolationOffer } from '@agent-factory/sdk';
import type { IsolationProcessConfig } from './config.ts';
import type { RunnerPlan } from './launch/command.ts';
import { probeLevel } from './launch/levels.ts';
import { makeRunnerKit, type RunnerKit } from './runner-kit.ts';
import { RunnerProcess } from './runner-process.ts';

/** What this machine offers, by level and user: it is the same for every platform in this process. */
const offers = new Map<string, Promise<IsolationOffer>>();

/** Starts runner processes, keeps some ready, and knows what the machine offers. */
export class RunnerPool {
  readonly #config: IsolationProcessConfig;
  readonly #spares = new Map<IsolationLevel, RunnerProcess[]>();
  /** Processes are watched in the name of who made this pool: a spare outlives the plugin it was started beside. */
  readonly #own = new AsyncResource('agent-factory-runners');
  /** Levels whose spares are being started. */
  readonly #filling = new Set<IsolationLevel>();
  /** Levels that are being tried: what tries them reads the kit too. */
  readonly #trying = new Set<Promise<IsolationOffer>>();
  /** Each until it has ended. */
  readonly #running = new Map<RunnerProcess, Promise<void>>();
  readonly #makeKit: () => Promise<RunnerKit>;
  #kit: Promise<RunnerKit> | undefined;
  /** The scripts of the kit, compiled. */
  #pressed: Promise<void> | undefined;
  #isClosed = false;

  constructor(config: IsolationProcessConfig, makeKit: () => Promise<RunnerKit> = makeRunnerKit) {
    this.#config = config;
    this.#makeKit = makeKit;
  }

  /** What the machine offers, each level tried once. */
  async levels(): Promise<IsolationOffer[]> {
    return Promise.all(isolationLevels.map((level) => this.#offer(level)));
  }

  /** The strongest level there is; nothing when it is weaker than what is needed at least. */
  async strongest(least: IsolationLevel): Promise<IsolationLevel | undefined> {
    const [from, to] = [least, this.#config.strongest].map((level) => isolationLevels.indexOf(level));
    for (const level of isolationLevels.slice(from, (to ?? 0) + 1).toReversed())
      if ((await this.#offer(level)).available) return level;
    return undefined;
  }

  /** A process that can take a plugin. Rejects with a sentence. */
  async take(level: IsolationLevel): Promise<RunnerProcess> {
    const spares = this.#sparesOf(level);
    let runner = spares.shift();
    while (runner?.isOver) runner = spares.shift();
    runner ??= await this.#start(level);
    await runner.ready;
    return runner;
  }

  /**
   * Starts the next spares, once a plugin runs: to start a process keeps this one from its work for a while. A spare
   * that cannot be started is not missed: the next plugin finds out, and says why.
   */
  async refill(level: IsolationLevel): Promise<void> {
    if (this.#filling.has(level)) return;
    this.#filling.add(level);
    try {
      await setImmediate();
      const spares = this.#sparesOf(level);
      while (spares.length < this.#config.spare) spares.push(await this.#start(level));
    } catch {
      // Told when it is needed.
    } finally {
      this.#filling.delete(level);
    }
  }

  /** Ends every process and removes what they read. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const runner of this.#running.keys()) runner.kill('the platform stops');
    await Promise.all(this.#running.values());
    await Promise.allSettled(this.#trying); // what is found counts for other platforms too
    (await this.#kit?.catch(() => undefined))?.remove();
  }

  #sparesOf(level: IsolationLevel): RunnerProcess[] {
    const spares = this.#spares.get(level) ?? [];
    this.#spares.set(level, spares);
    return spares;
  }

  async #start(level: IsolationLevel): Promise<RunnerProcess> {
    const plan = await this.#plan(level);
    if (this.#isClosed) throw new Error('the platform stops');
    const runner = this.#own.runInAsyncScope(() => new RunnerProcess(plan, this.#config));
    const over = runner.over().then(() => void this.#running.delete(runner));
    this.#running.set(runner, over);
    return runner;
  }

  #offer(level: IsolationLevel): Promise<IsolationOffer> {
    const key = `${level} ${this.#config.uid} ${this.#config.bwrap}`;
    const known = offers.get(key);
    if (known) return known;
    const offer = this.#try(level);
    offers.set(key, offer);
    offer.catch(() => offers.delete(key));
    return offer;
  }

  async #try(level: IsolationLevel): Promise<IsolationOffer> {
    if (this.#isClosed) throw new Error('the platform stops');
    const offer = this.#plan(level, 'probe').then((plan) => probeLevel(plan));
    this.#trying.add(offer);
    try {
      return await offer;
    } finally {
      this.#trying.delete(offer);
    }
  }

  async #plan(level: IsolationLevel, script: 'runner' | 'probe' = 'runner'): Promise<RunnerPlan> {
    const kit = await (this.#kit ??= this.#makeKit().catch((error: unknown) => {
      this.#kit = undefined; // the next start tries again
      throw error;
    }));
    const { heapMiB, maxMessageBytes, memoryMiB, uid, bwrap } = this.#config;
    const plan: RunnerPlan = {
      level,
      command: { kind: 'node', script: kit[script], args: [String(maxMessageBytes)], heapMiB },
      readable: [kit.folder],
      memoryMiB,
      uid,
      bwrap,
    };
    if (script === 'runner')
      await (this.#pressed ??= import('./kit/press.ts').then(({ press }) => press(kit.folder, plan)));
    return plan;
  }
}
