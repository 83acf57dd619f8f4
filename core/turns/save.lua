#!lua name=satupintu
-- One write of a conversation, only if nobody wrote since it was read. Returns 1, or 0 for stale.
-- Another meaning takes another name, here and there: two releases may run on one Redis.
-- KEYS: the session, the index of pending sessions, the count of steps (one slot)
-- ARGV: version it was read at, version and session to write, seconds to live (0 while something is
-- pending), the conversation and the time for the index, the step reached
local function save(keys, args)
  local stored = redis.call('GET', keys[1])
  local version = stored and string.match(stored, '^(%d+):') or '0'
  if version ~= args[1] then
    return 0
  end
  if args[3] == '0' then
    redis.call('SET', keys[1], args[2])
    redis.call('ZADD', keys[2], args[5], args[4])
  else
    redis.call('SET', keys[1], args[2], 'EX', args[3])
    redis.call('ZREM', keys[2], args[4])
  end
  redis.call('HINCRBY', keys[3], args[6], 1)
  return 1
end
redis.register_function('satupintu_save', save)
