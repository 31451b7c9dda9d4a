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
    let found = this.#held.get(key);
    if (!found || found.closed) found = this.#open(key, plugin, open, close, found?.closed);
    const held = found;
    held.holders += 1;
    const release = (): Promise<void> | void => {
      held.holders -= 1;
      if (held.holders === 0) return (held.closed = this.#close(key, held));
    };
    return { value: held.value as Promise<T>, release }; // same key, same open: same type
  }

  /** In a scope of its own: what the opener leaves in the process lives as long as the thing, not the opener. */
  #open<T>(
    key: string,
    plugin: string,
    open: () => T | Promise<T>,
    close: (value: T) => void | Promise<void>,
    before: Promise<void> | undefined,
  ): Held {
    const scope = new Scope(plugin, this.#report);
    scope.phase = 'setup';
    const opening = async (): Promise<T> => {
      await before; // a port is free only once the one before has closed
      const value = await work.run({ scope }, open);
      held.isOpen = true;
      scope.own(() => close(value));
      return value;
    };
    const held: Held = { value: Promise.resolve().then(opening), scope, holders: 0, isOpen: false };
    this.#held.set(key, held);
    held.value.catch(() => this.#forget(key, held));
    return held;
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
