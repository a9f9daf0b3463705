import { AT_HEAD, BAND_OF, MARK, MARK_IN, NUMBER_IN } from './levels.js'
import { HAS_ENDED, IS_UNDER, KEEP_END } from '../repeats.js'
import { CLOCK, DUE, HEAD, JOIN, TRIM, WATCH } from './parts.js'
import { FINISH, TIED, TIES } from './ties.js'

/**
 * Holds deliveries for longer.
 *
 * `lease`: in milliseconds. Reply: those that are no longer held, counted from 0
 */
export const EXTEND = {
  keys: ['waiting', 'delayed', 'running', 'receipts', 'idle'],
  args: ['lease'],
  rest: 'for each delivery: id, receipt',
  lua: /* lua */ `${CLOCK}${WATCH}
local lost = {}
for at = rest, #ARGV, 2 do
  if redis.call('HGET', receipts, ARGV[at]) == ARGV[at + 1] then
    redis.call('ZREM', running, ARGV[at])
    redis.call('ZADD', running, now + tonumber(lease), ARGV[at])
  else
    lost[#lost + 1] = (at - rest) / 2
  end
end
watch(waiting, delayed, running, idle, now)
return lost
` as string,
} as const

/**
 * Holds for longer whatever one client was given of a queue, and not for less than it was held before.
 *
 * `lease`: in milliseconds; `holder`: what the client's receipts begin with
 */
export const RENEW = {
  keys: ['running', 'receipts'],
  args: ['lease', 'holder'],
  lua: /* lua */ `${CLOCK}${IS_UNDER}
local ends = string.format('%d', now + tonumber(lease))
local all = redis.call('HGETALL', receipts)
for n = 1, #all, 2 do
  if isUnder(holder, all[n + 1]) then redis.call('ZADD', running, 'XX', 'GT', ends, all[n]) end
end
` as string,
} as const

/**
 * Puts a delivery back: at the head of its queue, or among the delayed.
 *
 * `delayUntil`: in Unix milliseconds, or 0; `sent`: the Unix milliseconds of the client; `count`: how often it counts as
 * handed out, for what is due at once. Reply: 1, or 0 when it was no longer held
 *
 * A line has no room for a count. What goes back with one is kept as a lease that is over, under a receipt that nobody holds:
 * the next round trip counts on from there. Its end is in the past by the microsecond, and negative, so that it stands before the
 * line, before what has lapsed, and before what went back earlier.
 */
export const RELEASE = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'ended'],
  args: ['id', 'receipt', 'again', 'patience', 'delayUntil', 'sent', 'count'],
  rest: 'the payload, if it changes',
  lua: /* lua */ `${CLOCK}${DUE}${JOIN}${HEAD}${HAS_ENDED}${KEEP_END}${WATCH}${NUMBER_IN}${MARK_IN}${BAND_OF}${AT_HEAD}
if redis.call('HGET', receipts, id) ~= receipt then
  return again == '1' and hasEnded(ended, 'release', receipt, id) and 1 or 0
end
redis.call('ZREM', running, id)
redis.call('HDEL', receipts, id)
keepEnd(ended, 'release', receipt, id, patience)
local mark = markIn(numberIn(receipt))
if ARGV[rest] then redis.call('HSET', tasks, id, headOf(redis.call('HGET', tasks, id) or '') .. ARGV[rest]) end
local due = dueAt(delayUntil, sent)
if due ~= '0' and tonumber(due) > now then
  redis.call('ZADD', delayed, join(delayed, due, {}), id)
  if mark > 0 then redis.call('HSET', receipts, id, string.format(':.%d', mark * ${MARK})) end
elseif mark > 0 then
  putAtHead(delayed, mark, id)
  redis.call('HSET', receipts, id, string.format(':.%d', mark * ${MARK} + count))
elseif count ~= '0' then
  redis.call('ZADD', running, string.format('%.0f', -(time[1] * 1000000 + time[2])), id)
  redis.call('HSET', receipts, id, ':.' .. count)
else
  redis.call('LPUSH', waiting, id)
end
watch(waiting, delayed, running, idle, now)
return 1
` as string,
} as const

/**
 * Makes a delivery a dead letter.
 *
 * `most`: dead letters that are kept at most; `longest`: the longest that one is kept, in milliseconds. Reply: 1, or 0 when
 * it was no longer held
 *
 * Dead letters are ordered by microseconds, so that they keep the order in which they came.
 */
export const BURY = {
  keys: ['tasks', 'running', 'receipts', 'dead', 'reasons', 'gone', 'unique', 'ended'],
  args: ['id', 'receipt', 'again', 'patience', 'reason', 'most', 'longest'],
  lua: /* lua */ `${CLOCK}${HAS_ENDED}${KEEP_END}${TRIM}${NUMBER_IN}${MARK_IN}${TIED}${TIES}${FINISH}
if redis.call('HGET', receipts, id) ~= receipt then
  return again == '1' and hasEnded(ended, 'bury', receipt, id) and 1 or 0
end
redis.call('ZREM', running, id)
local mark = markIn(numberIn(receipt))
if mark > 0 then
  redis.call('HSET', receipts, id, string.format(':.%d', mark * ${MARK}))
else
  redis.call('HDEL', receipts, id)
end
keepEnd(ended, 'bury', receipt, id, patience)
redis.call('ZADD', dead, string.format('%.0f', time[1] * 1000000 + time[2]), id)
redis.call('HSET', reasons, id, reason)
trim(tasks, dead, reasons, receipts, gone, unique, tonumber(most), (now - tonumber(longest)) * 1000, now)
finishAll(tasks, { id }, false)
return 1
` as string,
} as const
