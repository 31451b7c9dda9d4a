import { AsyncLocalStorage } from 'node:async_hooks';

/** Milliseconds between ticks: a deadline is met at most two of them late, and never early. */
const tickMs = 10;

/** Work with a deadline. */
export interface Deadlined {
  /** Milliseconds the current step may take. */
  readonly limitMs: number;
  /**
   * When the current step is late, in whole milliseconds of `performance.now()`. 0 means the step began after the
   * last tick: the next tick sets it, so that no step begins by reading the clock.
   */
  until: number;
  /** The ticker's own: its place among the watched. */
  slot: number;
  /** Called by the ticker when the current step is late. */
  expire(): void;
}

// Timers made inside a dispatch would keep its async context (a lease, a whole generation) alive.
const outsideAnyContext = AsyncLocalStorage.snapshot();
const watched: Deadlined[] = [];
let timer: NodeJS.Timeout | undefined;

/** Starts watching `work`; the ticker runs only while something is watched. */
export function watchDeadline(work: Deadlined): void {
  work.slot = watched.length;
  watched.push(work);
  if (timer === undefined) outsideAnyContext(start);
}

/** Stops watching `work`. Once for each watched work. */
export function unwatchDeadline(work: Deadlined): void {
  work.until = 0;
  const last = watched.pop();
  if (last === undefined || last === work) return;
  watched[work.slot] = last;
  last.slot = work.slot;
}

function start(): void {
  timer = setInterval(tick, tickMs).unref();
}

function tick(): void {
  if (watched.length === 0) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  const now = performance.now();
  const late: Deadlined[] = [];
  for (const work of watched) {
    if (work.until === 0) work.until = Math.ceil(now) + Math.ceil(work.limitMs);
    else if (now >= work.until) late.push(work);
  }
  // What is watched may change while these run, so they come after the walk.
  for (const work of late) if (work.until !== 0) work.expire();
}
