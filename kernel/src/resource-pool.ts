interface Held {
  readonly value: Promise<unknown>;
  readonly close: (value: never) => void | Promise<void>;
  holders: number;
}

/** Things shared by key between plugin instances and generations: opened once, closed with the last holder. */
export class ResourcePool {
  readonly #held = new Map<string, Held>();

  /** Opens the thing, or joins those who hold it. The returned `release` is called once. */
  async acquire<T>(
    key: string,
    open: () => T | Promise<T>,
    close: (value: T) => void | Promise<void>,
  ): Promise<{ value: T; release: () => Promise<void> }> {
    let held = this.#held.get(key);
    if (!held) {
      held = { value: (async () => open())(), close, holders: 0 };
      this.#held.set(key, held);
    }
    const mine = held;
    mine.holders += 1;
    const release = async (): Promise<void> => {
      mine.holders -= 1;
      if (mine.holders > 0) return;
      if (this.#held.get(key) === mine) this.#held.delete(key);
      await mine.close((await mine.value) as never); // the value that this key's `open` gave
    };
    try {
      return { value: (await mine.value) as T, release }; // same key, same open: same type
    } catch (error) {
      mine.holders -= 1;
      if (this.#held.get(key) === mine) this.#held.delete(key);
      throw error;
    }
  }
}
