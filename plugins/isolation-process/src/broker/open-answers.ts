/** Answers of servers that a plugin has not read to their ends: no more than so many hold a connection at once. */
export class OpenAnswers {
  readonly #most: number;
  /** By what closes each: whether the plugin has begun to read it. The oldest first. */
  readonly #open = new Map<() => void, boolean>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps one. The oldest that nobody has begun to read makes room; false when all are being read. */
  add(close: () => void): boolean {
    if (this.#open.size >= this.#most) {
      const [oldest] = [...this.#open].find(([, isRead]) => !isRead) ?? [];
      if (!oldest) return false;
      this.#open.delete(oldest);
      oldest();
    }
    this.#open.set(close, false);
    return true;
  }

  /** It is being read from now on; false when it had to make room. */
  begin(close: () => void): boolean {
    return this.#open.has(close) && this.#open.set(close, true) !== undefined;
  }

  /** Closes all of them: whoever was to read them is gone. */
  clear(): void {
    for (const close of this.#open.keys()) close();
    this.#open.clear();
  }

  /** It has been read to its end, or left. */
  end(close: () => void): void {
    this.#open.delete(close);
  }
}
