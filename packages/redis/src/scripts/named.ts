import { IS_UNDER } from '../repeats.js'
import { CLOCK, WATCH } from './parts.js'

/**
 * Hands out one task by its id, unless it runs or is dead. One that waits is searched for along its queue.
 *
 * `lease`: in milliseconds. Reply: payload and how often it was handed out, or nothing
 */
export const TAKE_NAMED = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'dead'],
  args: ['id', 'lease', 'token', 'again'],
  lua: /* lua */ `${CLOCK}${IS_UNDER}${WATCH}
token = token .. '.'
if redis.call('HEXISTS', tasks, id) == 0 then return {} end
local receipt = redis.call('HGET', receipts, id)
local count = receipt and tonumber(string.match(receipt, '%d+$')) or 0
if again == '1' and receipt and isUnder(token, receipt) then return { redis.call('HGET', tasks, id), count } end
local ends = redis.call('ZSCORE', running, id)
if ends and tonumber(ends) > now then return {} end
if redis.call('ZSCORE', dead, id) then return {} end
if redis.call('ZREM', running, id) == 0 and redis.call('ZREM', delayed, id) == 0 then
  redis.call('LREM', waiting, 1, id)
end
redis.call('ZADD', running, now + tonumber(lease), id)
redis.call('HSET', receipts, id, token .. count + 1)
watch(waiting, delayed, running, idle, now)
return { redis.call('HGET', tasks, id), count + 1 }
` as string,
} as const
