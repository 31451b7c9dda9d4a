import assert from 'node:assert/strict';
import type { RateBucket, RateLimiter } from '../contracts/rate-limiter.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';

/** A limiter of which nothing was taken, for one case. Between two `elapse` no time passes that matters. */
export interface RateLimiterFixture {
  readonly limiter: RateLimiter;
  /** Another handle on the same buckets, as a second process would have; left out where they are not shared. */
  readonly another?: RateLimiter;
  /** Lets this many milliseconds pass, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const day = 86_400_000;

/** What every {@link RateLimiter} must do. `open` gives a fresh one each time. */
export function rateLimiterSuite(open: () => Promise<RateLimiterFixture>): ConformanceSuite {
  const on = onFixture(open);
  // A day is long enough for what a test takes to be nothing.
  const bucket = (key: string, limit: number): RateBucket => ({ key, limit, windowMs: day });
  const taken = async (
    limiter: RateLimiter,
    buckets: readonly RateBucket[],
    times: number,
  ): Promise<number> => {
    let allowed = 0;
    for (let number = 0; number < times; number += 1) if ((await limiter.take(buckets)).allowed) allowed += 1;
    return allowed;
  };

  return [
    on('takes as many as there may be, and not one more', async ({ limiter }) => {
      assert.equal(await taken(limiter, [bucket('a', 3)], 5), 3);
      assert.equal(await taken(limiter, [bucket('b', 1)], 2), 1);
    }),
    on('says how many are left and how long to wait', async ({ limiter }) => {
      const first = await limiter.take([bucket('a', 2)]);
      assert.deepEqual([first.allowed, first.states[0]?.remaining, first.states[0]?.retryMs], [true, 1, 0]);
      await limiter.take([bucket('a', 2)]);
      const third = await limiter.take([bucket('a', 2)]);
      const [state] = third.states;
      assert.ok(state);
      assert.deepEqual([third.allowed, state.remaining], [false, 0]);
      const near = (value: number, expected: number): boolean => Math.abs(value - expected) < day / 100;
      assert.ok(near(state.retryMs, day / 2), `${state.retryMs}`);
      assert.ok(near(state.resetMs, day), `${state.resetMs}`);
    }),
    on('gives back evenly, and all of it within the time', async ({ limiter, elapse }) => {
      await taken(limiter, [bucket('a', 4)], 4);
      await elapse(day / 4 + day / 100);
      assert.equal(await taken(limiter, [bucket('a', 4)], 3), 1);
      await elapse(day);
      assert.equal(await taken(limiter, [bucket('a', 4)], 6), 4);
    }),
    on('takes from all buckets or from none', async ({ limiter }) => {
      const both = [bucket('few', 1), bucket('many', 5)];
      assert.equal(await taken(limiter, both, 3), 1);
      const { states } = await limiter.take([bucket('many', 5)]);
      assert.equal(states[0]?.remaining, 3); // two were taken: one with the other, one now
    }),
    on('counts each key by itself, whatever is in it', async ({ limiter }) => {
      for (const key of ['a', 'a:b', 'a b', 'ä', '__proto__', 'x'.repeat(512)])
        assert.equal(await taken(limiter, [bucket(key, 1)], 2), 1, key);
    }),
    on(
      'takes no more however many ask at once, in several processes',
      async ({ limiter, another = limiter }) => {
        const asked = Array.from(
          { length: 40 },
          async (_, at) => await (at % 2 === 0 ? limiter : another).take([bucket('a', 7)]),
        );
        assert.equal((await Promise.all(asked)).filter(({ allowed }) => allowed).length, 7);
      },
    ),
    on('takes a limit that is lowered at once', async ({ limiter }) => {
      await taken(limiter, [bucket('a', 10)], 5);
      assert.equal(await taken(limiter, [bucket('a', 2)], 3), 1);
    }),
  ];
}
