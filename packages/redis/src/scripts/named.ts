import { IS_UNDER } from '../repeats.js'
import { AT_TAIL, BAND_OF, MARK, MARK_IN, MARK_OF, NUMBER_IN } from './levels.js'
import { CLOCK, WATCH } from './parts.js'
import { PARKED } from './ties.js'

/**
 * Hands out one task by its id, unless it runs, is parked or is dead. One that waits is searched for along its queue.
 *
 * `lease`: in milliseconds. Reply: payload and the number of its receipt, or nothing
 */
export const TAKE_NAMED = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'dead'],
  args: ['id', 'lease', 'token', 'again'],
  lua: /* lua */ `${CLOCK}${IS_UNDER}${WATCH}${NUMBER_IN}${MARK_OF}
token = token .. '.'
if redis.call('HEXISTS', tasks, id) == 0 then return {} end
local receipt = redis.call('HGET', receipts, id)
local count = numberIn(receipt)
if again == '1' and receipt and isUnder(token, receipt) then return { redis.call('HGET', tasks, id), count } end
local ends = redis.call('ZSCORE', running, id)
if ends and tonumber(ends) > now then return {} end
if redis.call('ZSCORE', dead, id) then return {} end
local due = tonumber(redis.call('ZSCORE', delayed, id) or 0)
if due >= ${PARKED} then return {} end
if due < 0 and count < ${MARK} then count = count + ${MARK} * markOf(due) end
if redis.call('ZREM', running, id) == 0 and redis.call('ZREM', delayed, id) == 0 then
  redis.call('LREM', waiting, 1, id)
end
redis.call('ZADD', running, now + tonumber(lease), id)
redis.call('HSET', receipts, id, token .. string.format('%d', count + 1))
watch(waiting, delayed, running, idle, now)
return { redis.call('HGET', tasks, id), count + 1 }
` as string,
} as const

/**
 * Makes a delayed task due, unless it is parked: it joins the tail of its level.
 *
 * Reply: 1, or 0 when there is none; 1 for a repeated call that finds it there
 */
export const EXPEDITE = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle'],
  args: ['id', 'again'],
  lua: /* lua */ `${CLOCK}${WATCH}${NUMBER_IN}${MARK_IN}${BAND_OF}${AT_TAIL}
local due = redis.call('ZSCORE', delayed, id)
if due and tonumber(due) >= ${PARKED} then return 0 end
if not due or tonumber(due) < now + 1 then return again == '1' and redis.call('HEXISTS', tasks, id) or 0 end
redis.call('ZREM', delayed, id)
local mark = markIn(numberIn(redis.call('HGET', receipts, id)))
if mark > 0 then
  redis.call('HDEL', receipts, id)
  putAtTail(delayed, mark, { id })
else
  redis.call('RPUSH', waiting, id)
end
watch(waiting, delayed, running, idle, now)
return 1
` as string,
} as const
