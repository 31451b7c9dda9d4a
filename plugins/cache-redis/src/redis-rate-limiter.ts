import { createMemoryRateLimiter, rateState, type RateLimiter } from '@agent-factory/sdk/contracts';
import type { RedisLink } from './redis-link.ts';

/**
 * Takes one from every bucket or from none, by the server's clock. A bucket is the time until which it is in use;
 * answers whether it took, and the milliseconds in use after that.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local used, allowed = {}, 1
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local untilAt = tonumber(redis.call('GET', key) or '0') or 0
  used[i] = math.min(math.max(untilAt - now, 0), window)
  if window - used[i] + 0.001 < window / limit then allowed = 0 end
end
local out = { allowed }
for i, key in ipairs(KEYS) do
  if allowed == 1 then
    used[i] = used[i] + ARGV[2 * i] / ARGV[2 * i - 1]
    redis.call('SET', key, string.format('%.3f', now + used[i]), 'PX', math.ceil(used[i]))
  end
  out[#out + 1] = string.format('%.3f', used[i])
end
return out
`;

/** A limiter on a server, for all processes; while it is out of order, each counts for itself. */
export function createRedisRateLimiter(link: RedisLink, prefix: string): RateLimiter {
  const alone = createMemoryRateLimiter();
  return {
    async take(buckets) {
      const keys = buckets.map(({ key }) => `${prefix}r:${key}`);
      const args = buckets.flatMap(({ limit, windowMs }) => [limit, windowMs]);
      const answer = await link.attempt(
        (redis) =>
          redis.eval(script, keys.length, ...keys, ...args) as Promise<
            readonly [number, ...(readonly string[])] // as the script returns
          >,
      );
      if (answer === undefined) return alone.take(buckets);
      const [allowed, ...used] = answer;
      return {
        allowed: allowed === 1,
        states: buckets.map((bucket, at) => rateState(bucket, Number(used[at]))),
      };
    },
  };
}
