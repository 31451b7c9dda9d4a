import { createHash } from 'node:crypto';

/** A Lua script that Redis runs whole, with nothing between its commands. */
export interface RedisScript {
  readonly lua: string;
  /** By which the server remembers it. */
  readonly sha: string;
}

function script(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/*
 * A conversation is a hash (seq: last number given, at, summary, upTo) and a list of entries `chars|at|JSON`, the newest
 * at the end; so the number of an entry follows from its place. Both have the same time to live. Beside them a tenant
 * has two sorted sets: conversations by when they were added to, and by when they will be over.
 */

/** Keys: hash, list, recent, expiry. Arguments: id, ttl, then characters and JSON of each message. */
export const appendScript: RedisScript = script(`
-- Types are looked at before anything is written: all or none.
local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
redis.call('LLEN', KEYS[2])
redis.call('ZCARD', KEYS[4])
local isFirst = redis.call('ZCARD', KEYS[3]) == 0
if #ARGV == 2 then return { seq, 0 } end
local ttl = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = string.format('%.0f', now)
if seq == 0 then redis.call('DEL', KEYS[2]) end
for i = 3, #ARGV, 2 do
  redis.call('RPUSH', KEYS[2], ARGV[i] .. '|' .. at .. '|' .. ARGV[i + 1])
end
seq = seq + (#ARGV - 2) / 2
redis.call('HSET', KEYS[1], 'seq', string.format('%.0f', seq), 'at', at)
redis.call('ZADD', KEYS[3], at, ARGV[1])
if ttl == 0 then
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
  redis.call('ZREM', KEYS[4], ARGV[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
  redis.call('ZADD', KEYS[4], string.format('%.0f', now + ttl), ARGV[1])
end
return { seq, isFirst and 1 or 0 }
`);

/** Keys: hash, list. Arguments: last (0 for all), maxChars (-1 for any). */
export const readScript: RedisScript = script(`
local head = redis.call('HMGET', KEYS[1], 'seq', 'upTo', 'summary')
if not head[1] then return {} end
local last, maxChars = tonumber(ARGV[1]), tonumber(ARGV[2])
local take = redis.call('LLEN', KEYS[2])
if last > 0 then
  take = math.min(take, last)
elseif maxChars < 0 and head[2] then
  take = math.min(take, tonumber(head[1]) - tonumber(head[2]))
end
if maxChars >= 0 then
  local found, sum, full = 0, 0, false
  while found < take and not full do
    local block = redis.call('LRANGE', KEYS[2], math.max(-found - 64, -take), -found - 1)
    for i = #block, 1, -1 do
      sum = sum + tonumber(string.match(block[i], '^%d+'))
      if sum > maxChars and found > 0 then full = true break end
      found = found + 1
    end
  end
  take = found
end
local entries = {}
if take > 0 then entries = redis.call('LRANGE', KEYS[2], -take, -1) end
return { head[1], head[2], head[3], entries }
`);

/** Keys: hash. Arguments: upTo, text. Gives the last number where `upTo` is beyond it, else -1. */
export const summariseScript: RedisScript = script(`
local head = redis.call('HMGET', KEYS[1], 'seq', 'upTo')
if not head[1] then return -1 end
local upTo = tonumber(ARGV[1])
if upTo > tonumber(head[1]) then return tonumber(head[1]) end
if not head[2] or tonumber(head[2]) <= upTo then
  redis.call('HSET', KEYS[1], 'upTo', ARGV[1], 'summary', ARGV[2])
end
return -1
`);

/** Keys: hash, list. Arguments: how many to keep. Gives how many went. */
export const trimScript: RedisScript = script(`
if redis.call('HEXISTS', KEYS[1], 'seq') == 0 then return 0 end
local keep = tonumber(ARGV[1])
local length = redis.call('LLEN', KEYS[2])
if length <= keep then return 0 end
if keep == 0 then redis.call('DEL', KEYS[2]) else redis.call('LTRIM', KEYS[2], -keep, -1) end
return length - keep
`);

/** Keys: hash, list, recent, expiry. Arguments: id. */
export const forgetScript: RedisScript = script(`
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return redis.call('DEL', KEYS[1], KEYS[2])
`);

/** Keys: recent, expiry, then hashes. Arguments: their ids. Takes those that are gone off the lists; gives how many. */
export const dropScript: RedisScript = script(`
local dropped = 0
for i = 1, #ARGV do
  if redis.call('EXISTS', KEYS[i + 2]) == 0 then
    redis.call('ZREM', KEYS[2], ARGV[i])
    dropped = dropped + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return dropped
`);
