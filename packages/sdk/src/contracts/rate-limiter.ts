import { defineContract, type SingleContract } from '../contract.ts';

/** Parts of a millisecond that sums of fractions may be off by. */
const rounding = 0.001;

/** So many in a time, evenly: what is used comes back bit by bit, and all of it within the time. */
export interface RateBucket {
  /** Whose it is and for what: `user:login:usr_5f0c`. At most 512 characters. */
  readonly key: string;
  /** At least 1. */
  readonly limit: number;
  /** Milliseconds, at least 1. */
  readonly windowMs: number;
}

/** How full a bucket is. */
export interface RateState {
  /** How many more are taken now. */
  readonly remaining: number;
  /** Milliseconds until one more is taken; 0: now. */
  readonly retryMs: number;
  /** Milliseconds until it is as if nothing had been taken. */
  readonly resetMs: number;
}

/** What became of a request to take. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** In the order of the buckets. */
  readonly states: readonly RateState[];
}

/** Counts what is done, so that there is not too much of it. */
export interface RateLimiter {
  /**
   * Takes one from each bucket, or from none where one of them is empty. Never fails: one that cannot reach what it
   * shares with other processes counts for this process alone.
   */
  take(buckets: readonly RateBucket[]): RateVerdict | Promise<RateVerdict>;
}

/** Token of {@link RateLimiter}. */
export const RateLimiter: SingleContract<RateLimiter> = defineContract<RateLimiter>({
  id: 'rate-limiter',
  version: '1.0.0',
  description: 'Counts what is done, so that there is not too much of it.',
});

/** For limiters: the state of a bucket of which so many milliseconds are in use (the generic cell rate algorithm). */
export function rateState(bucket: RateBucket, usedMs: number): RateState {
  const each = bucket.windowMs / bucket.limit;
  const free = bucket.windowMs - usedMs;
  return {
    remaining: Math.max(0, Math.floor(free / each + rounding)),
    retryMs: hasRoom(bucket, usedMs) ? 0 : Math.ceil(each - free),
    resetMs: Math.ceil(usedMs),
  };
}

function hasRoom({ limit, windowMs }: RateBucket, usedMs: number): boolean {
  return windowMs - usedMs + rounding >= windowMs / limit;
}

const mostKept = 100_000;
/** Buckets that are looked at for each that is used, oldest first: more than one, or there were ever more. */
const sweptAtOnce = 4;

/** A limiter for this process. With more than 100,000 buckets in use the oldest is forgotten. */
export function createMemoryRateLimiter(now: () => number = () => performance.now()): RateLimiter {
  // Until when each bucket is in use, oldest use first.
  const fullAt = new Map<string, number>();
  const makeRoom = (at: number): void => {
    let looked = 0;
    for (const [key, until] of fullAt) {
      const isFull = fullAt.size >= mostKept;
      if (until > at && !isFull) return;
      fullAt.delete(key);
      if ((looked += 1) === sweptAtOnce) return;
    }
  };
  return {
    take(buckets) {
      const at = now();
      const found = buckets.map((bucket) => {
        return { bucket, usedMs: Math.min(Math.max((fullAt.get(bucket.key) ?? 0) - at, 0), bucket.windowMs) };
      });
      if (!found.every(({ bucket, usedMs }) => hasRoom(bucket, usedMs)))
        return { allowed: false, states: found.map(({ bucket, usedMs }) => rateState(bucket, usedMs)) };
      const states = found.map(({ bucket, usedMs: before }) => {
        const usedMs = before + bucket.windowMs / bucket.limit;
        makeRoom(at);
        fullAt.delete(bucket.key);
        fullAt.set(bucket.key, at + usedMs);
        return rateState(bucket, usedMs);
      });
      return { allowed: true, states };
    },
  };
}
