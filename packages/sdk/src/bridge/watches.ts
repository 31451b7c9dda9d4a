/** A signal that is listened to, and the calls it cancels. */
export interface Watch {
  readonly signal: AbortSignal;
  readonly calls: Set<number>;
  readonly onAbort: () => void;
}

/** Signals that cancel calls, each listened to once for all of its calls. */
export interface Watches {
  /** From now on the signal cancels the call. */
  add(signal: AbortSignal, call: number): Watch;
  /** The call is over. */
  leave(watch: Watch, call: number): void;
  /** Lets go of what is listened to without calls. */
  rest(): void;
  /** All calls are over. */
  end(): void;
}

/** Makes {@link Watches}. It uses nothing from outside itself, so that its text runs in another realm too. */
export function createWatches(cancel: (call: number, reason: unknown) => void): Watches {
  const watches = new Map<AbortSignal, Watch>();
  /** Still listened to without calls, until another is left so, or `rest`: the next call often has the same signal. */
  let idle: Watch | undefined;

  const forget = ({ signal, onAbort }: Watch): void => {
    watches.delete(signal);
    signal.removeEventListener('abort', onAbort);
  };

  const rest = (): void => {
    if (idle?.calls.size === 0) forget(idle);
    idle = undefined;
  };

  return {
    add(signal, call) {
      let watch = watches.get(signal);
      if (!watch) {
        const calls = new Set<number>();
        const onAbort = (): void => {
          for (const one of calls) cancel(one, signal.reason);
        };
        watch = { signal, calls, onAbort };
        watches.set(signal, watch);
        signal.addEventListener('abort', onAbort, { once: true });
      }
      watch.calls.add(call);
      return watch;
    },
    leave(watch, call) {
      watch.calls.delete(call);
      if (watch.calls.size > 0 || watch === idle) return;
      rest();
      idle = watch;
    },
    rest,
    end() {
      for (const watch of watches.values()) forget(watch);
      idle = undefined;
    },
  };
}
