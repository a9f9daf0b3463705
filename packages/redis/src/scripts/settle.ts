import { CLOCK, DUE, TRIM, WATCH } from './parts.js'
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
 * KEYS: tasks, waiting, delayed, running, receipts, idle
 * ARGV: id, receipt, due in Unix milliseconds or 0, \`1\` if this very call may have been carried out before, the Unix
 *   milliseconds of the client, and the payload if it changes
 * Reply: 1, or 0 when it was no longer held
 *
 * A repeated call finds what the first one did: the task lies there unheld, or somebody has it as fresh, or has
 * finished it. Had the lease lapsed instead, the task would have been handed out once more than before.
 */
export const RELEASE: Script = script(`
${CLOCK}${DUE}${WATCH}
local tasks, waiting, delayed, running, receipts, idle = unpack(KEYS)
local id, receipt, due = ARGV[1], ARGV[2], dueAt(ARGV[3], ARGV[5])
local held = redis.call('HGET', receipts, id)
if held ~= receipt then
  return ARGV[4] == '1' and (not held or string.match(held, '%d+$') == '1') and 1 or 0
end
redis.call('ZREM', running, id)
redis.call('HDEL', receipts, id)
if ARGV[6] then redis.call('HSET', tasks, id, ARGV[6]) end
if due ~= '0' and tonumber(due) > now then
  redis.call('ZADD', delayed, due, id)
else
  redis.call('LPUSH', waiting, id)
end
watch(waiting, delayed, running, idle, now)
return 1
`)

/**
 * Makes a delivery a dead letter.
 *
 * KEYS: tasks, running, receipts, dead, reasons
 * ARGV: id, receipt, reason, \`1\` if this very call may have been carried out before, most dead letters, the longest
 *   that one is kept in milliseconds
 * Reply: 1, or 0 when it was no longer held
 *
 * Dead letters are ordered by microseconds, so that they keep the order in which they came.
 */
export const BURY: Script = script(`
${CLOCK}${TRIM}
local tasks, running, receipts, dead, reasons = unpack(KEYS)
local id, receipt, reason = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', receipts, id) ~= receipt then
  return ARGV[4] == '1' and redis.call('HGET', reasons, id) == reason and 1 or 0
end
redis.call('ZREM', running, id)
redis.call('HDEL', receipts, id)
redis.call('ZADD', dead, string.format('%.0f', time[1] * 1000000 + time[2]), id)
redis.call('HSET', reasons, id, reason)
trim(tasks, dead, reasons, tonumber(ARGV[5]), (now - tonumber(ARGV[6])) * 1000)
return 1
`)
