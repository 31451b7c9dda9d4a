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
  /** Whether anything is waited for; the next tick forgets what is not. */
  readonly live: boolean;
  /** The ticker's own: its place among the watched, -1 when it is none of them. */
  slot: number;
  /** Called by the ticker when the current step is late. */
  expire(): void;
}

// Timers made inside a dispatch would keep its async context (a lease, a whole generation) alive.
const outsideAnyContext = AsyncLocalStorage.snapshot();
const watched: Deadlined[] = [];
let timer: NodeJS.Timeout | undefined;

/** Watches `work` from now on; the ticker runs only while something is watched. */
export function watchDeadline(work: Deadlined): void {
  // What rested and begins again between two ticks is watched already.
  if (work.slot >= 0) return;
  work.slot = watched.length;
  watched.push(work);
  if (timer === undefined) outsideAnyContext(start);
}

/** Stops watching `work` at once; what is live no longer is forgotten at the next tick anyway. */
export function unwatchDeadline(work: Deadlined): void {
  const last = watched.at(-1) as Deadlined; // at least `work` is there
  watched[work.slot] = last;
  last.slot = work.slot;
  work.slot = -1;
  watched.pop();
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
  // A copy, for what is forgotten leaves the list.
  for (const work of watched.toReversed()) {
    if (!work.live) unwatchDeadline(work);
    else if (work.until === 0) work.until = Math.ceil(now) + Math.ceil(work.limitMs);
    else if (now >= work.until) late.push(work);
  }
  // What is watched may change while these run, so they come after the walk.
  for (const work of late) if (work.live && work.until !== 0) work.expire();
}
