import { AsyncLocalStorage } from 'node:async_hooks';

/** Milliseconds between ticks: a deadline is met at most two of them late, and never early. */
const tickMs = 10;

/** Work with a deadline, and a link of the list the ticker walks. */
export interface Deadlined {
  /** Milliseconds the current step may take. */
  readonly limitMs: number;
  /**
   * When the current step is late, in whole milliseconds of `performance.now()`. 0 means the step began after the
   * last tick: the next tick sets it, so that no step begins by reading the clock.
   */
  until: number;
  older: Deadlined | undefined;
  newer: Deadlined | undefined;
  /** Called by the ticker when the current step is late. */
  expire(): void;
}

// Timers made inside a dispatch would keep its async context (a lease, a whole generation) alive.
const outsideAnyContext = AsyncLocalStorage.snapshot();
let newest: Deadlined | undefined;
let timer: NodeJS.Timeout | undefined;

/** Starts watching `work`; the ticker runs only while something is watched. */
export function watchDeadline(work: Deadlined): void {
  work.older = newest;
  if (newest !== undefined) newest.newer = work;
  newest = work;
  if (timer === undefined) outsideAnyContext(start);
}

/** Stops watching `work`. Once for each watched work. */
export function unwatchDeadline(work: Deadlined): void {
  if (work.newer === undefined) newest = work.older;
  else work.newer.older = work.older;
  if (work.older !== undefined) work.older.newer = work.newer;
  work.until = 0;
}

function start(): void {
  timer = setInterval(tick, tickMs).unref();
}

function tick(): void {
  if (newest === undefined) {
    clearInterval(timer);
    timer = undefined;
    return;
  }
  const now = performance.now();
  const started = Math.ceil(now);
  const late: Deadlined[] = [];
  for (let work: Deadlined | undefined = newest; work !== undefined; work = work.older) {
    if (work.until === 0) work.until = started + Math.ceil(work.limitMs);
    else if (now >= work.until) late.push(work);
  }
  // The list may change while these run, so they come after the walk, oldest first.
  for (const work of late.reverse()) if (work.until !== 0) work.expire();
}
