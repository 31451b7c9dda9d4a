import { AsyncLocalStorage } from 'node:async_hooks';
import type { Disposer } from '@agent-factory/sdk';
import { withDeadline } from './deadline.ts';
import type { Report } from './generation.ts';

const disposeMs = 5000;
const pruneAt = 256;

type Timer = NodeJS.Timeout & { readonly _destroyed?: boolean };
type ProcessListener = (...args: unknown[]) => void;

/** Everything one instance of a plugin has left in the process, and how to take it back. */
export class Scope {
  /** The plugin as `id@version`. */
  readonly plugin: string;
  /** What the plugin is doing, for blame: `import`, `setup`, `health`, `serve`, or nothing the kernel waits for. */
  phase = 'import';
  /** Errors of code that runs outside of any call: timers, listeners, rejected promises. */
  errors = 0;
  readonly #report: Report;
  readonly #disposers: Disposer[] = [];
  #timers: Set<Timer> | undefined;
  #listeners: { readonly event: string; readonly listener: ProcessListener }[] = [];
  #pruneAt = pruneAt;
  #ended = false;

  constructor(plugin: string, report: Report) {
    this.plugin = plugin;
    this.#report = report;
  }

  /** Keeps an effect's disposer; they run in reverse order. Once the scope has ended, it runs at once. */
  own(effect: Disposer | Disposable | AsyncDisposable): void {
    if (typeof effect === 'function') this.#disposers.push(effect);
    else if (Symbol.asyncDispose in effect) this.#disposers.push(async () => effect[Symbol.asyncDispose]());
    else this.#disposers.push(() => effect[Symbol.dispose]());
    if (this.#ended) void this.dispose();
  }

  /** Notes a timer made with the global functions, so that it ends with the plugin. */
  noteTimer(timer: Timer): void {
    const timers = (this.#timers ??= new Set());
    timers.add(timer);
    if (timers.size < this.#pruneAt) return;
    for (const known of timers) if (known._destroyed) timers.delete(known);
    this.#pruneAt = Math.max(pruneAt, timers.size * 2);
  }

  /** Notes a listener put on `process`. */
  noteListener(event: string, listener: ProcessListener): void {
    this.#listeners = this.#listeners.filter(isOn);
    this.#listeners.push({ event, listener });
  }

  /** Takes everything back. Never rejects: what goes wrong is reported, as is what the plugin had forgotten. */
  async dispose(): Promise<void> {
    this.phase = 'dispose';
    await this.undo(this.#disposers, 'a disposer failed');
    this.#ended = true;
    this.#sweep();
  }

  /** Runs disposers, the last one first, and empties the list. Never rejects. */
  async undo(disposers: Disposer[], failed: string): Promise<void> {
    for (let dispose = disposers.pop(); dispose; dispose = disposers.pop()) {
      try {
        await withDeadline(
          work.run({ scope: this }, dispose),
          disposeMs,
          () => new Error(`it took over ${disposeMs} ms`),
        );
      } catch (error) {
        this.#report(`${this.plugin} ${failed}`, error);
      }
    }
  }

  #sweep(): void {
    const timers = [...(this.#timers ?? [])].filter((timer) => !timer._destroyed);
    for (const timer of timers) clearTimeout(timer);
    this.#timers = undefined;
    const left = this.#listeners.filter(isOn);
    for (const { event, listener } of left) process.removeListener(event, listener);
    this.#listeners = [];
    const events = [...new Set(left.map(({ event }) => event))].join(', ');
    const undone = 'Hand them to ctx.own().';
    if (timers.length > 0)
      this.#report(`${this.plugin} left ${timers.length} timer(s) running; they were stopped. ${undone}`);
    if (events)
      this.#report(`${this.plugin} left listeners on process (${events}); they were removed. ${undone}`);
  }
}

function isOn({ event, listener }: { readonly event: string; readonly listener: ProcessListener }): boolean {
  return process.rawListeners(event).includes(listener);
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
