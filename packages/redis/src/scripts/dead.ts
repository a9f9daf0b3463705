import { CLOCK, TRIM, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Names the oldest dead letters among those that died before a given moment.
 *
 * KEYS: dead
 * ARGV: how many at most, the moment in microseconds or empty for now
 * Reply: the moment, ids
 */
export const OLDEST_DEAD: Script = script(`
${CLOCK}
local moment = ARGV[2] ~= '' and ARGV[2] or string.format('%.0f', time[1] * 1000000 + time[2])
return { moment, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', moment, 'LIMIT', '0', ARGV[1]) }
`)

/**
 * Puts dead letters back in line.
 *
 * KEYS: tasks, waiting, delayed, running, idle, dead, reasons
 * ARGV: `1` if this very call may have been carried out before, ids
 * Reply: how many; in a repeated call also those that are alive, since the first one will have brought them back
 */
export const KICK: Script = script(`
${CLOCK}${WATCH}
local tasks, waiting, delayed, running, idle, dead, reasons = unpack(KEYS)
local kicked = 0
for at = 2, #ARGV do
  if redis.call('ZREM', dead, ARGV[at]) == 1 then
    redis.call('HDEL', reasons, ARGV[at])
    redis.call('RPUSH', waiting, ARGV[at])
    kicked = kicked + 1
  elseif ARGV[1] == '1' then
    kicked = kicked + redis.call('HEXISTS', tasks, ARGV[at])
  end
end
watch(waiting, delayed, running, idle, now)
return kicked
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
