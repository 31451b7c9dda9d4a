import { modelErrors } from '@agent-factory/sdk/contracts';
import type { Limit } from './resilience-config.ts';

/** A bucket holds what may be asked at once after a pause: the allowance of this many milliseconds. */
const burstMs = 10_000;

/** One call that was let in; how it ended has to be told. */
export interface Pass {
  /** `tokens`: what it used in truth, where that is known. */
  leave(tokens?: number): void;
}

/** Lets calls in, in their order, as far as a {@link Limit} allows. */
export interface Lane {
  /** At once where there is room, else a promise. AF_MODEL_BUSY when too many wait; rejects with the signal's reason. */
  enter(tokens: number, signal: AbortSignal): Pass | Promise<Pass>;
  /** Whether nobody is in it or waits, and it is full again: forgetting it changes nothing. */
  readonly idle: boolean;
}

interface Waiting {
  readonly tokens: number;
  admit(pass: Pass): void;
}

/** A lane named `what` in messages, in which at most `most` calls wait. */
export function createLane(what: string, limit: Limit, most: number): Lane {
  const requests = createBucket(limit.requestsPerMinute);
  const tokensLeft = createBucket(limit.tokensPerMinute);
  const queue: Waiting[] = [];
  let inside = 0;
  let timer: NodeJS.Timeout | undefined;

  const passFor = (tokens: number): Pass => {
    inside += 1;
    requests.take(1);
    tokensLeft.take(tokens);
    let left = false;
    return {
      leave(used) {
        if (left) return;
        left = true;
        inside -= 1;
        if (used !== undefined) tokensLeft.take(used - tokens);
        admit();
      },
    };
  };
  const waitMs = (tokens: number): number => {
    if (inside >= (limit.concurrency ?? Infinity)) return Infinity; // whoever leaves looks again
    return Math.max(requests.waitMs(1), tokensLeft.waitMs(tokens));
  };
  const admit = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (let next = queue[0]; next; next = queue[0]) {
      const wait = waitMs(next.tokens);
      if (wait > 0) {
        if (wait !== Infinity) timer = setTimeout(admit, Math.ceil(wait));
        return;
      }
      queue.shift();
      next.admit(passFor(next.tokens));
    }
  };

  return {
    get idle() {
      return inside === 0 && queue.length === 0 && requests.full && tokensLeft.full;
    },
    enter(tokens, signal) {
      if (queue.length === 0 && waitMs(tokens) <= 0) return passFor(tokens);
      if (queue.length >= most) throw modelErrors.AF_MODEL_BUSY({ what, waiting: queue.length });
      return new Promise<Pass>((resolve, reject) => {
        const waiting: Waiting = {
          tokens,
          admit(pass) {
            signal.removeEventListener('abort', onAbort);
            resolve(pass);
          },
        };
        const onAbort = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal.reason as Error); // as it came: an abort may carry any reason
          admit();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(waiting);
        if (queue.length === 1) admit();
      });
    },
  };
}

/** An allowance that fills up as time goes by; it may be overdrawn by what turned out to cost more. */
interface Bucket {
  waitMs(amount: number): number;
  take(amount: number): void;
  readonly full: boolean;
}

function createBucket(perMinute: number | undefined): Bucket {
  if (perMinute === undefined) return { waitMs: () => 0, take: () => {}, full: true };
  const perMs = perMinute / 60_000;
  const size = Math.max(1, perMs * burstMs);
  let level = size;
  let at = performance.now();
  const fill = (): void => {
    const now = performance.now();
    level = Math.min(size, level + (now - at) * perMs);
    at = now;
  };
  return {
    waitMs(amount) {
      fill();
      // What is larger than the bucket goes in when it is full.
      return (Math.min(amount, size) - level) / perMs;
    },
    take(amount) {
      level = Math.min(size, level - amount);
    },
    get full() {
      fill();
      return level >= size;
    },
  };
}
