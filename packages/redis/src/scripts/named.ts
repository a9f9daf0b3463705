import { CLOCK, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Hands out one task by its id, unless it runs or is dead. One that waits is searched for along its queue.
 *
 * KEYS: tasks, waiting, delayed, running, receipts, idle, dead
 * ARGV: id, lease in milliseconds, what the receipt begins with, \`1\` if this very call may have been carried out before
 * Reply: payload and how often it was handed out, or nothing
 */
export const TAKE_NAMED: Script = script(`
${CLOCK}${WATCH}
local tasks, waiting, delayed, running, receipts, idle, dead = unpack(KEYS)
local id, token = ARGV[1], ARGV[3] .. '.'
if redis.call('HEXISTS', tasks, id) == 0 then return {} end
local receipt = redis.call('HGET', receipts, id)
local count = receipt and tonumber(string.match(receipt, '%d+$')) or 0
if ARGV[4] == '1' and receipt and string.sub(receipt, 1, #token) == token then
  return { redis.call('HGET', tasks, id), count }
end
local ends = redis.call('ZSCORE', running, id)
if ends and tonumber(ends) > now then return {} end
if redis.call('ZSCORE', dead, id) then return {} end
if redis.call('ZREM', running, id) == 0 and redis.call('ZREM', delayed, id) == 0 then
  redis.call('LREM', waiting, 1, id)
end
redis.call('ZADD', running, now + tonumber(ARGV[2]), id)
redis.call('HSET', receipts, id, token .. count + 1)
watch(waiting, delayed, running, idle, now)
return { redis.call('HGET', tasks, id), count + 1 }
`)
