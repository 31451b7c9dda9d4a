import { AsyncLocalStorage } from 'node:async_hooks';
import type { Disposer } from '@agent-factory/sdk';
import { reasonOf, withDeadline } from './deadline.ts';

const disposeMs = 5000;
const pruneAt = 256;

type Timer = NodeJS.Timeout & { readonly _destroyed?: boolean };
type ProcessListener = (...args: unknown[]) => void;

/** Everything one instance of a plugin has left in the process, and how to take it back. */
export class Scope {
  /** The plugin as `id@version`. */
  readonly plugin: string;
  /** What the plugin is doing, for blame: `import`, `setup`, `health`, `serve`. */
  phase = 'import';
  /** Errors of code that runs outside of any call: timers, listeners, rejected promises. */
  errors = 0;
  readonly #disposers: Disposer[] = [];
  readonly #timers = new Set<Timer>();
  readonly #listeners: { readonly event: string; readonly listener: ProcessListener }[] = [];
  #pruneAt = pruneAt;

  constructor(plugin: string) {
    this.plugin = plugin;
  }

  /** Keeps an effect's disposer; they run in reverse order. */
  own(effect: Disposer | Disposable | AsyncDisposable): void {
    if (typeof effect === 'function') this.#disposers.push(effect);
    else if (Symbol.asyncDispose in effect) this.#disposers.push(async () => effect[Symbol.asyncDispose]());
    else this.#disposers.push(() => effect[Symbol.dispose]());
  }

  /** Notes a timer made with the global functions, so that it ends with the plugin. */
  noteTimer(timer: Timer): void {
    this.#timers.add(timer);
    if (this.#timers.size < this.#pruneAt) return;
    for (const known of this.#timers) if (known._destroyed) this.#timers.delete(known);
    this.#pruneAt = Math.max(pruneAt, this.#timers.size * 2);
  }

  /** Notes a listener put on `process`. */
  noteListener(event: string, listener: ProcessListener): void {
    this.#listeners.push({ event, listener });
  }

  /**
   * Takes everything back. Never rejects: what goes wrong is told to `report`, as is what the plugin itself had
   * forgotten.
   */
  async dispose(report: (message: string, cause?: unknown) => void): Promise<void> {
    this.phase = 'dispose';
    for (const dispose of this.#disposers.reverse()) {
      try {
        const pending = dispose();
        if (pending) await withDeadline(pending, disposeMs, () => new Error(`took over ${disposeMs} ms`));
      } catch (error) {
        report(`a disposer failed: ${reasonOf(error)}`, error);
      }
    }
    this.#disposers.length = 0;
    this.#sweep(report);
  }

  #sweep(report: (message: string) => void): void {
    let left = 0;
    for (const timer of this.#timers) {
      if (timer._destroyed) continue;
      clearTimeout(timer);
      left += 1;
    }
    this.#timers.clear();
    if (left) report(`left ${left} timer(s) running; they were stopped. Hand them to ctx.own().`);
    for (const { event, listener } of this.#listeners) process.removeListener(event, listener);
    if (this.#listeners.length) {
      const events = [...new Set(this.#listeners.map(({ event }) => event))].join(', ');
      report(`left listeners on process (${events}); they were removed. Hand them to ctx.own().`);
    }
    this.#listeners.length = 0;
  }
}

/** What the code that runs now belongs to. */
export interface Work<Generation = unknown> {
  /** The generation a lease was taken on. */
  readonly generation?: Generation;
  /** The plugin whose own code runs: its import, its setup, and what they left behind. */
  readonly scope?: Scope;
}

/** Follows {@link Work} through calls, promises and timers. */
export const work: AsyncLocalStorage<Work> = new AsyncLocalStorage();
