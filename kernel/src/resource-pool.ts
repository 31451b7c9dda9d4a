import type { Disposer } from '@agent-factory/sdk';
import type { Report } from './generation.ts';
import { Scope, work } from './scope.ts';

interface Held {
  readonly value: Promise<unknown>;
  readonly scope: Scope;
  holders: number;
  isOpen: boolean;
  /** Set when the last holder has let go. */
  closed?: Promise<void>;
}

/** Things shared by key between plugin instances and generations: opened once, closed with the last holder. */
export class ResourcePool {
  readonly #held = new Map<string, Held>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Opens the thing, or joins those who hold it. `release` is called once, also when opening failed or still goes on. */
  acquire<T>(
    key: string,
    plugin: string,
    open: () => T | Promise<T>,
    close: (value: T) => void | Promise<void>,
  ): { value: Promise<T>; release: Disposer } {
    let held = this.#held.get(key);
    if (!held || held.closed) {
      const before = held?.closed; // a port is free only once the one before has closed
      // In a scope of its own: what opening leaves in the process lives as long as the thing, not its first user.
      const scope = new Scope(plugin, this.#report);
      scope.phase = 'resource';
      const opening = async (): Promise<T> => {
        await before;
        const value = await work.run({ scope }, open);
        opened.isOpen = true;
        scope.own(() => close(value));
        return value;
      };
      const opened: Held = { value: Promise.resolve().then(opening), scope, holders: 0, isOpen: false };
      opened.value.catch(() => this.#forget(key, opened));
      this.#held.set(key, (held = opened));
    }
    const mine = held;
    mine.holders += 1;
    const release = (): Promise<void> | void => {
      mine.holders -= 1;
      if (mine.holders === 0) return (mine.closed = this.#close(key, mine));
    };
    return { value: mine.value as Promise<T>, release }; // same key, same open: same type
  }

  #close(key: string, held: Held): Promise<void> {
    // What still opens is not waited for: it may hang. Its scope has ended, so it closes as soon as it has opened.
    if (!held.isOpen) this.#forget(key, held);
    return held.scope.dispose().then(() => this.#forget(key, held));
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key);
  }
}
