import { closest, type AnyHook, type Lease } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { compileHook, type CompiledHook } from './hook-dispatch.ts';
import type { Instance } from './instance.ts';
import type { Resolution } from './resolve/resolve.ts';
import { work } from './scope.ts';
import { orderTaps } from './tap-order.ts';

const graceMs = 2000;
const longestTimerMs = 2 ** 31 - 1;

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
  readonly resolution: Resolution;
  readonly #instances: Map<string, Instance>;
  #ending: Promise<void> | undefined;
  #hooks: ReadonlyMap<string, SealedHook> = new Map();
  #leases = 0;
  #abort: AbortController | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(id: string, instances: Map<string, Instance>, resolution: Resolution) {
    this.id = id;
    this.#instances = instances;
    this.resolution = resolution;
    for (const instance of instances.values()) instance.holders += 1;
  }

  /** The hooks and their taps, as compiled for this generation. */
  get hooks(): ReadonlyMap<string, SealedHook> {
    return this.#hooks;
  }

  /** In activation order: providers before users. Empty once the generation has ended. */
  get instances(): ReadonlyMap<string, Instance> {
    return this.#instances;
  }

  /**
   * Compiles every hook from the taps of its instances. Unknown hooks and anchors are refused, but for hooks of
   * plugins that were left out on purpose, whose taps nobody calls.
   */
  seal(report: Parameters<typeof compileHook>[2], leftOut: readonly string[]): void {
    const owners = new Map<string, { hook: AnyHook; owner: string }>();
    const instances = [...this.instances.values()];
    for (const { id, hooks } of instances) for (const hook of hooks) owners.set(hook.id, { hook, owner: id });
    const all = instances.flatMap((one) => one.taps);
    const taps = Map.groupBy(all, ({ hook }) => hook.id);
    for (const [id, list] of taps) {
      const [owner = ''] = id.split('.');
      if (owners.has(id) || leftOut.includes(owner)) continue;
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

  /** Holds the generation for one piece of work. AF_SWAP_ABORTED once it ends. */
  lease(): Lease {
    if (this.#ending) throw errors.AF_SWAP_ABORTED({ reason: 'a newer generation serves.' });
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

  /**
   * Waits up to `ms` for leases to end, then aborts their signals and gives them a last moment. Then its instances
   * are let go; those that no other generation holds are disposed, users before providers. Never rejects. A second
   * call may shorten the wait.
   */
  async retire(ms: number, reason: string): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; this.#isUsed() && left > 0; left = until - performance.now()) await this.#idle(left);
    if (this.#isUsed()) this.#abort?.abort(errors.AF_SWAP_ABORTED({ reason }));
    if (this.#isUsed()) await this.#idle(graceMs);
    // Nothing is awaited between the last look at the leases and this mark, after which none is given.
    await (this.#ending ??= this.#end());
  }

  #isUsed(): boolean {
    return this.#leases > 0 && !this.#ending;
  }

  async #end(): Promise<void> {
    for (const tell of this.#waiting) tell();
    const ending = [...this.#instances.values()].filter((instance) => (instance.holders -= 1) === 0);
    for (const instance of ending.reverse()) await instance.dispose();
    // Instances that live on were handed this map; nothing that has ended may hang on them.
    this.#instances.clear();
    this.#hooks = new Map();
  }

  /** Resolves when the last lease ends, or after `ms`. */
  async #idle(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(ms, longestTimerMs));
    this.#waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}
