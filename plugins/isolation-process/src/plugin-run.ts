import { AsyncLocalStorage } from 'node:async_hooks';
import { errorFrom, type Answer, type ErrorData } from '@agent-factory/sdk/bridge';
import type { IsolatedPlugin, IsolationLevel, Logger } from '@agent-factory/sdk';
import type { Limits } from './config.ts';
import { errors } from './errors.ts';
import { LogGate } from './log-gate.ts';
import type { RunnerProcess } from './runner-process.ts';

/** How deep plugins may call plugins. */
const maxDepth = 8;
const crashWindowMs = 10 * 60_000;
const maxCrashes = 5;
const [firstWaitMs, longestWaitMs] = [500, 60_000];

/** How deep the call under way is, over all plugins. */
export const callDepth: AsyncLocalStorage<number> = new AsyncLocalStorage();

/** A running process, and the functions of the plugin in it by the place they were registered at. */
export interface Booted {
  readonly runner: RunnerProcess;
  readonly functions: readonly number[];
  readonly dispose: number;
}

/** What a run needs of its surroundings. */
export interface RunParts {
  /** The plugin as `id@version`. */
  readonly plugin: string;
  readonly level: IsolationLevel;
  readonly limits: Limits;
  readonly log: Logger;
  /** Takes a process and boots the plugin in it. */
  boot(run: PluginRun): Promise<Booted>;
  /** Milliseconds since any fixed moment. */
  now(): number;
}

/** One isolated plugin over the lives of its processes: started when needed, again after a crash, until it crashes too often. */
export class PluginRun {
  readonly #parts: RunParts;
  readonly #logGate: LogGate;
  #booting: Promise<Booted> | undefined;
  #booted: Booted | undefined;
  #crashes: number[] = [];
  #crashCount = 0;
  #lastReason = '';
  #retryAt = 0;
  #disabled: string | undefined;
  #isClosed = false;
  /** Calls let in, and those that wait to be: one that ends hands its place on. */
  #places = 0;
  readonly #waiting: (() => void)[] = [];
  /** Started again after a crash. */
  readonly #services = new Set<() => Promise<void>>();
  /** Tenants and depths of the calls under way. */
  readonly #tenants = new Map<string, number>();
  readonly #depths = new Map<number, number>();

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#logGate = new LogGate(parts.log, parts.limits.logLines, parts.now);
  }

  /** Whether a call for this tenant is under way: the only ones the plugin may act for. */
  serves(tenant: string): boolean {
    return this.#tenants.has(tenant);
  }

  /** How deep the deepest call under way is. */
  get depth(): number {
    return Math.max(0, ...this.#depths.keys());
  }

  /** Starts it, if it does not run. */
  async start(): Promise<Booted> {
    if (this.#booted) return this.#booted;
    const { plugin, now } = this.#parts;
    if (this.#isClosed) throw errors.AF_ISOLATION_DISABLED({ plugin, reason: 'it has been stopped' });
    if (this.#disabled) throw errors.AF_ISOLATION_DISABLED({ plugin, reason: this.#disabled });
    const ms = Math.ceil(this.#retryAt - now());
    if (ms > 0) throw errors.AF_ISOLATION_RESTARTING({ plugin, reason: this.#lastReason, ms });
    this.#booting ??= this.#parts.boot(this).then(
      (booted) => {
        this.#booting = undefined;
        if (booted.runner.isOver) throw errors.AF_ISOLATION_CRASHED({ plugin, reason: this.#lastReason });
        return (this.#booted = booted);
      },
      (error: unknown) => {
        this.#booting = undefined;
        throw error;
      },
    );
    return this.#booting;
  }

  /** Calls the function registered at a place. */
  call(place: number, args: readonly unknown[]): Answer {
    const booted = this.#booted;
    if (booted && this.#places < this.#parts.limits.maxCalls) {
      this.#places += 1;
      return this.#call(booted, place, args);
    }
    const later = this.#later(place, args);
    const answer = later as Answer; // given its iterator just below
    answer[Symbol.asyncIterator] = async function* () {
      yield* (await later) as AsyncIterable<unknown>;
    };
    return answer;
  }

  /** Starts something that has to run as long as it is not stopped: again after each crash. */
  keepServing(start: () => Promise<unknown>): { started: Promise<void>; stop(): Promise<void> } {
    let stop: (() => Promise<unknown>) | undefined;
    const again = async (): Promise<void> => {
      const { stop: end } = Object(await start()) as { stop?: unknown };
      stop = typeof end === 'function' ? (end as typeof stop) : undefined;
    };
    this.#services.add(again);
    return {
      started: again(),
      stop: async () => {
        this.#services.delete(again);
        await stop?.();
      },
    };
  }

  /** Tells the plugin to end, then ends its process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const booted = this.#booted ?? (await this.#booting?.catch(() => undefined));
    if (!booted || booted.runner.isOver) return;
    const { plugin } = this.#parts;
    const late = (): Error => errors.AF_ISOLATION_DEADLINE({ plugin, what: 'its end', ms: 2000 });
    try {
      await booted.runner.peer.call(booted.dispose, [], { deadlineMs: 2000, late });
    } catch (error) {
      this.#parts.log.warn('An isolated plugin did not end by itself.', { error });
    } finally {
      booted.runner.kill('it was stopped');
    }
  }

  /** What the process sends to be logged, and how many lines it dropped before; whether it went to the log. */
  log(level: number, text: string, dropped: number): boolean {
    return this.#logGate.write(level, text, dropped);
  }

  /** An error of the plugin, as an error here. */
  failure(data: ErrorData): Error {
    return errorFrom(data, (reason) =>
      errors.AF_ISOLATION_PLUGIN_FAILED({ plugin: this.#parts.plugin, reason }),
    );
  }

  /** Its process has ended. */
  ended(runner: RunnerProcess, reason: string): void {
    const { plugin, log, now } = this.#parts;
    runner.peer.end(errors.AF_ISOLATION_CRASHED({ plugin, reason }));
    if (this.#booted?.runner === runner) this.#booted = undefined;
    this.#lastReason = reason;
    if (this.#isClosed) return;
    this.#crashCount += 1;
    this.#crashes = [...this.#crashes.filter((at) => now() - at < crashWindowMs), now()];
    if (this.#crashes.length >= maxCrashes) {
      this.#disabled = `it crashed ${maxCrashes} times within ten minutes, last because ${reason}`;
      log.error('An isolated plugin is disabled.', { plugin, reason: this.#disabled });
      return;
    }
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (this.#crashes.length - 1));
    // Plugins that crash together do not come back together.
    const ms = Math.round(wait * (0.75 + Math.random() / 2));
    this.#retryAt = now() + ms;
    log.warn('The process of an isolated plugin ended.', { plugin, reason, restartsInMs: ms });
    if (this.#services.size > 0) setTimeout(() => void this.#serveAgain(), ms).unref();
  }

  /** How it stands. */
  state(): Pick<IsolatedPlugin, 'level' | 'state' | 'why' | 'crashes' | 'pid'> {
    const { level } = this.#parts;
    const crashes = this.#crashCount;
    if (this.#disabled) return { level, state: 'disabled', why: this.#disabled, crashes };
    if (this.#booted)
      return { level, state: 'running', why: 'its process runs', crashes, pid: this.#booted.runner.pid };
    if (this.#lastReason === '') return { level, state: 'idle', why: 'it has not been started', crashes };
    return { level, state: 'crashed', why: `${this.#lastReason}; the next call starts it`, crashes };
  }

  async #serveAgain(): Promise<void> {
    for (const again of this.#services)
      await again().catch((error: unknown) =>
        this.#parts.log.warn('A service was not started again.', { error }),
      );
  }

  async #later(place: number, args: readonly unknown[]): Promise<unknown> {
    const { plugin, limits } = this.#parts;
    if (this.#places < limits.maxCalls) this.#places += 1;
    else {
      // Whoever waits for this call may hold the places: a plugin that calls plugins is refused, not kept waiting.
      const isNested = callDepth.getStore() !== undefined;
      if (isNested || this.#waiting.length >= limits.maxCalls * 10)
        throw errors.AF_ISOLATION_BUSY({ plugin, calls: this.#places });
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const booted =
      this.#booted ??
      (await this.start().catch((error: unknown) => {
        this.#leave();
        throw error;
      }));
    return this.#call(booted, place, args);
  }

  /** Gives a place to the next call that waits, or back. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#places -= 1;
  }

  #refuse(error: Error): Answer {
    this.#leave();
    return Promise.reject(error) as never; // no stream begins
  }

  #call(booted: Booted, place: number, args: readonly unknown[]): Answer {
    const { plugin, limits } = this.#parts;
    const depth = (callDepth.getStore() ?? 0) + 1;
    if (depth > maxDepth) return this.#refuse(errors.AF_ISOLATION_DEPTH({ plugin, depth }));
    const { peer } = booted.runner;
    // It could ask for nothing more, and what it has asked for may wait for this call.
    if (depth > 1 && peer.serving >= limits.maxRequests)
      return this.#refuse(errors.AF_ISOLATION_BUSY({ plugin, calls: this.#places }));
    const target = booted.functions[place] ?? 0;
    const deadlineMs = limits.callMs;
    const late = (): Error => errors.AF_ISOLATION_DEADLINE({ plugin, what: 'a call', ms: deadlineMs });
    const tenant = tenantOf(args);
    count(this.#depths, depth, 1);
    if (tenant !== undefined) count(this.#tenants, tenant, 1);
    const over = (): void => {
      count(this.#depths, depth, -1);
      if (tenant !== undefined) count(this.#tenants, tenant, -1);
      this.#leave();
    };
    try {
      return peer.call(target, args, { deadlineMs, late, over });
    } catch (error) {
      over(); // arguments that are no JSON
      throw error;
    }
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next > 0) counts.set(key, next);
  else counts.delete(key);
}

/** Whom a call is for, where it says so. */
function tenantOf(args: readonly unknown[]): string | undefined {
  for (const arg of args) {
    if (typeof arg !== 'object' || arg === null) continue;
    const { tenant, principal } = arg as { tenant?: unknown; principal?: { tenant?: unknown } };
    const found = tenant ?? principal?.tenant;
    if (typeof found === 'string') return found;
  }
  return undefined;
}
