import { ACKED_BEFORE } from '../repeats.js'
import { CLOCK, CLOCK_TEXT, FREE, HEAD } from './parts.js'

/** The end of the name of the channel on which everyone who waits for results hears of tasks that have ended. */
export const END_NEWS = 'end'

/**
 * Settles what has finished, and keeps what each has given under a key of its own, which begins as `results` says.
 *
 * `channel`: where it is told of; `name`: what stands before the id there. Reply: those that are no longer held, counted from 0
 *
 * What makes room comes first, so that Redis allows it, and what follows, also when its memory is full: what has run is not to run again.
 */
export const FINISH = {
  keys: ['tasks', 'running', 'receipts', 'unique', 'ended', 'results'],
  args: ['again', 'channel', 'name'],
  rest: 'for each delivery: id, receipt, milliseconds, result',
  lua: /* lua */ `${CLOCK}${CLOCK_TEXT}${ACKED_BEFORE}${FREE}
local lost, hasKeys = {}, redis.call('EXISTS', unique) == 1
for at = rest, #ARGV, 4 do
  local id, receipt = ARGV[at], ARGV[at + 1]
  local held = redis.call('HGET', receipts, id)
  if held == receipt then
    if hasKeys then free(tasks, unique, { id }) end
    redis.call('HDEL', receipts, id)
    redis.call('HDEL', tasks, id)
    redis.call('ZREM', running, id)
    redis.call('SET', results .. id, ARGV[at + 3], 'PX', ARGV[at + 2])
    redis.call('PUBLISH', channel, name .. id)
  elseif not (again == '1' and not held and ackedBefore(tasks, ended, id, receipt)) then
    lost[#lost + 1] = (at - rest) / 4
  end
end
return lost
` as string,
} as const

/**
 * Puts a note beside a task, in the place of the one that is there.
 *
 * `length`: that of the note, in 4 bytes. Reply: 1, or 0 when the task is no longer held
 */
export const SAVE_NOTE = {
  keys: ['tasks', 'receipts'],
  args: ['id', 'receipt', 'length', 'note'],
  lua: /* lua */ `${HEAD}
if redis.call('HGET', receipts, id) ~= receipt then return 0 end
local data = redis.call('HGET', tasks, id)
if not data then return 0 end
local first, last = startOfNote(data) - 1, #headOf(data)
redis.call('HSET', tasks, id, table.concat({ string.sub(data, 1, first), string.char(251), length, note, string.sub(data, last + 1) }))
return 1
` as string,
} as const
