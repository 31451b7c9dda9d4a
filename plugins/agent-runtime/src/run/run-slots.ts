/** Counts runs that were taken up here, and tells when there is room for more. */
export class RunSlots {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#taken >= this.#limit;
  }

  /** Takes a slot, full or not, until `done` resolves. */
  hold(done: Promise<unknown>): void {
    this.#taken += 1;
    void done.then(() => {
      this.#taken -= 1;
      if (!this.isFull) this.#wake();
    });
  }

  /** Resolves when there is room, or when closed. */
  async room(): Promise<void> {
    while (this.isFull && !this.#closed) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
