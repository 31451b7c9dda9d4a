import type { AnyHook, Lease } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { Generation, Report } from './generation.ts';
import { compileHook, type CompiledHook } from './hook-dispatch.ts';
import type { Instance } from './instance.ts';
import { work, type Work } from './scope.ts';

/** The generations that are alive: the serving one, and those that still drain. */
export class Fleet {
  readonly #live = new Set<Generation>();
  readonly #retiring = new Set<Promise<void>>();
  /** Empties what hook callers remember. */
  readonly #remembered = new Set<() => void>();
  readonly #report: Report;
  #serving: Generation | undefined;

  constructor(report: Report) {
    this.#report = report;
  }

  /** The serving generation; `undefined` before the first and after the last. */
  get serving(): Generation | undefined {
    return this.#serving;
  }

  /** How many generations are alive. */
  get size(): number {
    return this.#live.size;
  }

  /** Every instance of every living generation. */
  get instances(): Instance[] {
    return [...this.#live].flatMap((generation) => [...generation.instances.values()]);
  }

  /** The serving generation, or AF_KERNEL_CLOSED. */
  current(): Generation {
    if (!this.#serving) throw errors.AF_KERNEL_CLOSED({});
    return this.#serving;
  }

  /** Takes in a generation that is built and does not serve yet. */
  add(generation: Generation): void {
    this.#live.add(generation);
  }

  /** Makes a generation the serving one: one assignment, so that nobody sees half of it. */
  commit(generation: Generation): void {
    this.#serving = generation;
    this.#forgetAll();
  }

  /** Ends a generation once its work has ended, at the latest after `drainMs`. */
  retire(generation: Generation, drainMs: number, reason: string): Promise<void> {
    const ending = generation.retire(drainMs, reason).finally(() => {
      this.#live.delete(generation);
      this.#forgetAll();
      this.#retiring.delete(ending);
    });
    this.#retiring.add(ending);
    return ending;
  }

  /** Ends the oldest draining generations until one more may live. */
  async makeRoom(maxLive: number): Promise<void> {
    for (const generation of this.#live) {
      if (this.#live.size < Math.max(2, maxLive)) return;
      if (generation === this.#serving) continue;
      this.#report(`too many generations are alive; ${generation.id}, the oldest, is ended`);
      await this.retire(generation, 0, 'newer generations need its place');
    }
  }

  /** Holds the generation an instance's new work belongs to. AF_SWAP_ABORTED once the instance is disposed. */
  leaseFor(instance: Instance): Lease {
    if (instance.state === 'disposed') {
      throw errors.AF_SWAP_ABORTED({ reason: `${instance.scope.plugin} has been stopped.` });
    }
    return (this.#homeOf(instance) ?? this.current()).lease();
  }

  /** A caller of an instance's hook that reaches the taps of the generation the current work belongs to. */
  hookCaller(instance: Instance, hook: AnyHook): (input: unknown) => unknown {
    let last: Generation | undefined;
    let compiled: CompiledHook | undefined;
    const forget = (): void => void (last = compiled = undefined);
    this.#remembered.add(forget);
    instance.scope.own(() => void this.#remembered.delete(forget));
    return (input) => {
      const leased = (work.getStore() as Work<Generation> | undefined)?.generation;
      if (compiled === undefined || leased !== last) {
        const sealed = leased?.hooks.get(hook.id) ?? this.#homeOf(instance)?.hooks.get(hook.id);
        // While its first generation is being built, a hook has no taps yet.
        if (!sealed) return compileHook(hook, [], () => {}).call(input);
        last = leased;
        compiled = sealed.compiled;
      }
      return compiled.call(input);
    };
  }

  /** An idle hook must not keep a generation that has ended. */
  #forgetAll(): void {
    for (const forget of this.#remembered) forget();
  }

  /** Ends all: work in flight gets `drainMs`. */
  async close(drainMs: number): Promise<void> {
    const serving = this.#serving;
    for (const instance of [...(serving?.instances.values() ?? [])].reverse()) await instance.stopServing();
    for (const generation of [...this.#live].reverse()) {
      await this.retire(generation, generation === serving ? drainMs : 0, 'the platform is shutting down');
    }
    await Promise.all(this.#retiring);
    this.#serving = undefined;
    this.#forgetAll();
  }

  /** The serving generation if it holds the instance, else the newest that does. */
  #homeOf(instance: Instance): Generation | undefined {
    const { id } = instance;
    if (this.#serving?.instances.get(id) === instance) return this.#serving;
    return [...this.#live].findLast((generation) => generation.instances.get(id) === instance);
  }
}
