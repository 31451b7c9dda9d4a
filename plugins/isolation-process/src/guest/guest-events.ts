import type { HostCall, asks as askNumbers } from './host-call.ts';

/** Timers as the guest keeps them. */
export interface GuestTimers {
  due(id: number): void;
}

type Listener = (event: object) => void;

/**
 * Timers and abort signals for the guest, put on its global object. It uses nothing from outside itself: its text runs
 * in the guest's realm.
 */
export function guestEvents(
  host: HostCall,
  asks: typeof askNumbers,
  global: Record<string, unknown>,
): GuestTimers {
  const maxTimers = 1000;
  const timers = new Map<number, { call: () => void; every: number }>();
  let last = 0;

  const start = (call: unknown, ms: unknown, repeat: boolean, args: unknown[]): number => {
    if (typeof call !== 'function') throw new TypeError('A timer needs a function.');
    if (timers.size >= maxTimers) throw new Error(`A plugin may have ${maxTimers} timers at once.`);
    const wait = Math.min(Math.max(1, Math.trunc(Number(ms)) || 1), 0x7fffffff);
    last += 1;
    timers.set(last, { call: () => Reflect.apply(call, undefined, args), every: repeat ? wait : 0 });
    host(asks.setTimer, last, wait, '');
    return last;
  };
  const stop = (id: unknown): void => {
    if (timers.delete(Number(id))) host(asks.clearTimer, Number(id), 0, '');
  };

  class AbortSignal {
    aborted = false;
    reason: unknown = undefined;
    onabort: Listener | null = null;
    #listeners: Map<Listener, boolean> | undefined;

    addEventListener(type: string, listener: Listener, options?: { once?: boolean }): void {
      if (type === 'abort') (this.#listeners ??= new Map()).set(listener, options?.once === true);
    }
    removeEventListener(_type: string, listener: Listener): void {
      this.#listeners?.delete(listener);
    }
    throwIfAborted(): void {
      if (this.aborted) throw this.reason;
    }
    /** Called by the controller alone. */
    fire(reason: unknown): void {
      if (this.aborted) return;
      this.aborted = true;
      this.reason = reason ?? named('AbortError', 'This operation was aborted');
      const event = { type: 'abort', target: this };
      const listeners = this.#listeners;
      this.#listeners = undefined; // a signal fires once
      for (const listener of listeners?.keys() ?? []) {
        listener(event);
      }
      this.onabort?.(event);
    }
    static abort(reason?: unknown): AbortSignal {
      const signal = new AbortSignal();
      signal.fire(reason);
      return signal;
    }
    static timeout(ms: number): AbortSignal {
      const signal = new AbortSignal();
      start(
        () => signal.fire(named('TimeoutError', 'The operation was aborted due to timeout')),
        ms,
        false,
        [],
      );
      return signal;
    }
    static any(signals: Iterable<AbortSignal>): AbortSignal {
      const signal = new AbortSignal();
      for (const one of signals) {
        if (one.aborted) signal.fire(one.reason);
        else one.addEventListener('abort', () => signal.fire(one.reason), { once: true });
      }
      return signal;
    }
  }
  const named = (name: string, message: string): Error => {
    const error = new Error(message);
    error.name = name;
    return error;
  };
  class AbortController {
    readonly signal = new AbortSignal();
    abort(reason?: unknown): void {
      this.signal.fire(reason);
    }
  }

  Object.assign(global, {
    setTimeout: (call: unknown, ms?: unknown, ...args: unknown[]) => start(call, ms, false, args),
    setInterval: (call: unknown, ms?: unknown, ...args: unknown[]) => start(call, ms, true, args),
    setImmediate: (call: unknown, ...args: unknown[]) => start(call, 1, false, args),
    clearTimeout: stop,
    clearInterval: stop,
    clearImmediate: stop,
    queueMicrotask: (call: () => void) => void Promise.resolve().then(call),
    AbortController,
    AbortSignal,
  });
  return {
    due(id) {
      const timer = timers.get(id);
      if (!timer) return;
      if (timer.every === 0) timers.delete(id);
      else host(asks.setTimer, id, timer.every, '');
      timer.call();
    },
  };
}
