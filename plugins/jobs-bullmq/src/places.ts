/** Room for jobs at work. Whoever waits for some gets it in the order of asking. */
export interface Places {
  /** Takes up to `most` of what is free now; how many it took. */
  take(most: number): number;
  /** Waits for one; false when none was free within `ms`, or when there will be no more. */
  wait(ms?: number): Promise<boolean>;
  give(): void;
  /** Makes it so many in all; what is taken stays taken. */
  resize(count: number): void;
  /** Ends all waiting. */
  close(): void;
}

/** Creates places, all of them free. */
export function createPlaces(count: number): Places {
  let size = count;
  /** Below zero while more is taken than there is. */
  let free = count;
  let closed = false;
  const waiting = new Set<(got: boolean) => void>();

  const serve = (): void => {
    for (const settle of waiting) {
      if (free <= 0) return;
      free--;
      settle(true);
    }
  };

  return {
    take(most) {
      const taken = Math.max(0, Math.min(most, free));
      free -= taken;
      return taken;
    },
    wait(ms) {
      if (closed) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(() => settle(false), ms);
        const settle = (got: boolean): void => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(got);
        };
        waiting.add(settle);
      });
    },
    give() {
      free++;
      serve();
    },
    resize(wanted) {
      free += wanted - size;
      size = wanted;
      serve();
    },
    close() {
      closed = true;
      for (const settle of waiting) settle(false);
    },
  };
}
