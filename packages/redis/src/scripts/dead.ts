import { AT_TAIL, BAND_OF, MARK_IN, NUMBER_IN } from './levels.js'
import { CLOCK, TRIM, WATCH } from './parts.js'

/**
 * Names the oldest dead letters among those that died before a given moment.
 *
 * `most`: how many at most; `before`: the moment in microseconds, or empty for now. Reply: the moment, ids
 */
export const OLDEST_DEAD = {
  keys: ['dead'],
  args: ['most', 'before'],
  lua: /* lua */ `
local time = redis.call('TIME')
local moment = before ~= '' and before or string.format('%.0f', time[1] * 1000000 + time[2])
return { moment, redis.call('ZRANGEBYSCORE', dead, '-inf', moment, 'LIMIT', '0', most) }
` as string,
} as const

/**
 * Puts dead letters back in line.
 *
 * Reply: how many; in a repeated call also those that are alive, since the first one will have brought them back
 */
export const KICK = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'dead', 'reasons'],
  args: ['again'],
  rest: 'ids',
  lua: /* lua */ `${CLOCK}${WATCH}${NUMBER_IN}${MARK_IN}${BAND_OF}${AT_TAIL}
local kicked = 0
for at = rest, #ARGV do
  if redis.call('ZREM', dead, ARGV[at]) == 1 then
    redis.call('HDEL', reasons, ARGV[at])
    local mark = markIn(numberIn(redis.call('HGET', receipts, ARGV[at])))
    if mark > 0 then
      redis.call('HDEL', receipts, ARGV[at])
      putAtTail(delayed, mark, { ARGV[at] })
    else
      redis.call('RPUSH', waiting, ARGV[at])
    end
    kicked = kicked + 1
  elseif again == '1' then
    kicked = kicked + redis.call('HEXISTS', tasks, ARGV[at])
  end
end
watch(waiting, delayed, running, idle, now)
return kicked
` as string,
} as const

/**
 * Drops dead letters that are too many or too old.
 *
 * `most`: how many are kept at most; `longest`: the longest that one is kept, in milliseconds
 */
export const TRIM_DEAD = {
  keys: ['tasks', 'receipts', 'dead', 'reasons', 'gone', 'unique'],
  args: ['most', 'longest'],
  lua: /* lua */ `${CLOCK}${TRIM}
trim(tasks, dead, reasons, receipts, gone, unique, tonumber(most), (now - tonumber(longest)) * 1000, now)
` as string,
} as const
