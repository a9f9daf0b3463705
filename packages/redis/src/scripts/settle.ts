import { CLOCK, DUE, HAS_ENDED, KEEP_END, TRIM, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Holds deliveries for longer.
 *
 * KEYS: waiting, delayed, running, receipts, idle
 * ARGV: lease in milliseconds, then for each delivery: id, receipt
 * Reply: those that are no longer held, counted from 0
 */
export const EXTEND: Script = script(`
${CLOCK}${WATCH}
local waiting, delayed, running, receipts, idle = unpack(KEYS)
local lost = {}
for at = 2, #ARGV, 2 do
  if redis.call('HGET', receipts, ARGV[at]) == ARGV[at + 1] then
    redis.call('ZREM', running, ARGV[at])
    redis.call('ZADD', running, now + tonumber(ARGV[1]), ARGV[at])
  else
    lost[#lost + 1] = at / 2 - 1
  end
end
watch(waiting, delayed, running, idle, now)
return lost
`)

/**
 * Puts a delivery back: at the head of its queue, or among the delayed.
 *
 * KEYS: tasks, waiting, delayed, running, receipts, idle, ended
 * ARGV: id, receipt, \`1\` if this very call may have been carried out before, milliseconds in which it may be repeated,
 *   due in Unix milliseconds or 0, the Unix milliseconds of the client, how often it counts as handed out (for what is due
 *   at once), and the payload if it changes
 * Reply: 1, or 0 when it was no longer held
 *
 * A line has no room for a count. What goes back with one is kept as a lease that is over, under a receipt that nobody holds:
 * the next turn counts on from there. Its end is in the past by the microsecond, and negative, so that it stands before the
 * line, before what has lapsed, and before what went back earlier.
 */
export const RELEASE: Script = script(`
${CLOCK}${DUE}${HAS_ENDED}${KEEP_END}${WATCH}
local tasks, waiting, delayed, running, receipts, idle, ended = unpack(KEYS)
local id, receipt, due = ARGV[1], ARGV[2], dueAt(ARGV[5], ARGV[6])
if redis.call('HGET', receipts, id) ~= receipt then
  return ARGV[3] == '1' and hasEnded(ended, 'release', receipt, id) and 1 or 0
end
redis.call('ZREM', running, id)
redis.call('HDEL', receipts, id)
keepEnd(ended, 'release', receipt, id, ARGV[4])
if ARGV[8] then redis.call('HSET', tasks, id, ARGV[8]) end
if due ~= '0' and tonumber(due) > now then
  redis.call('ZADD', delayed, due, id)
elseif ARGV[7] ~= '0' then
  redis.call('ZADD', running, string.format('%.0f', -(time[1] * 1000000 + time[2])), id)
  redis.call('HSET', receipts, id, ':.' .. ARGV[7])
else
  redis.call('LPUSH', waiting, id)
end
watch(waiting, delayed, running, idle, now)
return 1
`)

/**
 * Makes a delivery a dead letter.
 *
 * KEYS: tasks, running, receipts, dead, reasons, ended
 * ARGV: id, receipt, \`1\` if this very call may have been carried out before, milliseconds in which it may be repeated,
 *   reason, most dead letters, the longest that one is kept in milliseconds
 * Reply: 1, or 0 when it was no longer held
 *
 * Dead letters are ordered by microseconds, so that they keep the order in which they came.
 */
export const BURY: Script = script(`
${CLOCK}${HAS_ENDED}${KEEP_END}${TRIM}
local tasks, running, receipts, dead, reasons, ended = unpack(KEYS)
local id, receipt = ARGV[1], ARGV[2]
if redis.call('HGET', receipts, id) ~= receipt then
  return ARGV[3] == '1' and hasEnded(ended, 'bury', receipt, id) and 1 or 0
end
redis.call('ZREM', running, id)
redis.call('HDEL', receipts, id)
keepEnd(ended, 'bury', receipt, id, ARGV[4])
redis.call('ZADD', dead, string.format('%.0f', time[1] * 1000000 + time[2]), id)
redis.call('HSET', reasons, id, ARGV[5])
trim(tasks, dead, reasons, tonumber(ARGV[6]), (now - tonumber(ARGV[7])) * 1000)
return 1
`)
