import { CLOCK, TRIM, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Puts dead letters back in line: those named, or the oldest of those that died before a given moment.
 *
 * KEYS: waiting, delayed, running, idle, dead, reasons
 * ARGV: how many at most, the moment in microseconds or empty for now, and the ids if they are named
 * Reply: how many, the moment
 */
export const KICK: Script = script(`
${CLOCK}${WATCH}
local waiting, delayed, running, idle, dead, reasons = unpack(KEYS)
local moment = ARGV[2] ~= '' and ARGV[2] or string.format('%.0f', time[1] * 1000000 + time[2])
local ids = { unpack(ARGV, 3) }
if #ids == 0 then ids = redis.call('ZRANGEBYSCORE', dead, '-inf', moment, 'LIMIT', 0, ARGV[1]) end
local kicked = 0
for _, id in ipairs(ids) do
  if redis.call('ZREM', dead, id) == 1 then
    redis.call('HDEL', reasons, id)
    redis.call('RPUSH', waiting, id)
    kicked = kicked + 1
  end
end
watch(waiting, delayed, running, idle, now)
return { kicked, moment }
`)

/**
 * Drops dead letters that are too many or too old.
 *
 * KEYS: tasks, dead, reasons
 * ARGV: most dead letters, the longest that one is kept in milliseconds
 */
export const TRIM_DEAD: Script = script(`
${CLOCK}${TRIM}
trim(KEYS[1], KEYS[2], KEYS[3], tonumber(ARGV[1]), (now - tonumber(ARGV[2])) * 1000)
`)
