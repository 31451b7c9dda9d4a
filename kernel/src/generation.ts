import type { AnyHook, Lease } from '@agent-factory/sdk';
import { withDeadline } from './deadline.ts';
import { errors } from './errors.ts';
import { compileHook, type CompiledHook } from './hook-dispatch.ts';
import type { Instance } from './instance.ts';
import type { Resolution } from './resolve.ts';
import { work } from './scope.ts';
import { closest } from './suggest.ts';
import { orderTaps, type Tap } from './tap-order.ts';

const graceMs = 2000;

/** A hook as one generation runs it. */
export interface SealedHook {
  readonly hook: AnyHook;
  /** Id of the plugin that declares it. */
  readonly owner: string;
  readonly compiled: CompiledHook;
}

/** Tells the log about a plugin's failure. */
export type Report = (message: string, cause?: unknown) => void;

/**
 * An immutable set of active plugins. Work that began in a generation ends in it: {@link Generation.lease} keeps
 * it, and the instances it holds, alive until then.
 */
export class Generation {
  /** Equal on every machine with the same lock and configuration. */
  readonly id: string;
  /** In activation order: providers before users. */
  readonly instances: ReadonlyMap<string, Instance>;
  readonly resolution: Resolution;
  #gone = false;
  #hooks: ReadonlyMap<string, SealedHook> = new Map();
  #leases = 0;
  #abort: AbortController | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(id: string, instances: ReadonlyMap<string, Instance>, resolution: Resolution) {
    this.id = id;
    this.instances = instances;
    this.resolution = resolution;
    for (const instance of instances.values()) instance.holders += 1;
  }

  /** The hooks and their taps, as compiled for this generation. */
  get hooks(): ReadonlyMap<string, SealedHook> {
    return this.#hooks;
  }

  /** Pieces of work that hold the generation. */
  get leases(): number {
    return this.#leases;
  }

  /** Compiles every hook from the taps of its instances. Unknown hooks and anchors are refused. */
  seal(report: Parameters<typeof compileHook>[2]): void {
    const owners = new Map<string, { hook: AnyHook; owner: string }>();
    const taps = new Map<string, Tap[]>();
    for (const instance of this.instances.values()) {
      for (const hook of instance.hooks) owners.set(hook.id, { hook, owner: instance.id });
      for (const tap of instance.taps) {
        const list = taps.get(tap.hook.id);
        if (list) list.push(tap);
        else taps.set(tap.hook.id, [tap]);
      }
    }
    for (const [id, list] of taps) {
      if (owners.has(id)) continue;
      const near = closest(id, [...owners.keys()]);
      const mend = near ? `Did you mean "${near}"?` : 'Add the plugin that declares it to the configuration.';
      throw errors.AF_HOOK_UNKNOWN({ plugin: list[0]?.plugin ?? '', hook: id, mend });
    }
    const compiled = [...owners].map(([id, { hook, owner }]) => {
      const ordered = orderTaps(id, taps.get(id) ?? []);
      return [id, { hook, owner, compiled: compileHook(hook, ordered, report) }] as const;
    });
    this.#hooks = new Map(compiled);
  }

  /** Holds the generation for one piece of work. */
  lease(): Lease {
    this.#leases += 1;
    this.#abort ??= new AbortController();
    const signal = this.#abort.signal;
    const context = { generation: this };
    let held = true;
    return {
      generation: this.id,
      signal,
      run: (job) => work.run(context, job),
      release: () => {
        if (!held) return;
        held = false;
        this.#leases -= 1;
        if (this.#leases === 0) for (const tell of this.#waiting) tell();
      },
    };
  }

  /** Waits up to `ms` for leases to end, then aborts their signals and gives them a last moment. */
  async drain(ms: number, reason: string): Promise<void> {
    if (await this.#empty(ms)) return;
    this.#abort?.abort(errors.AF_SWAP_ABORTED({ reason }));
    await this.#empty(graceMs);
  }

  /** Lets its instances go; those that no other generation holds are disposed, users before providers. */
  async release(report: Report): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    const ending = [...this.instances.values()].filter((instance) => (instance.holders -= 1) === 0);
    for (const instance of ending.reverse()) await instance.dispose(report);
    this.#hooks = new Map();
  }

  async #empty(ms: number): Promise<boolean> {
    if (this.#leases === 0) return true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await withDeadline(promise, ms, () => new Error('still in use'));
      return true;
    } catch {
      return false;
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}
