import { ACKED_BEFORE } from '../repeats.js'
import { CLOCK, FREE, HEAD } from './parts.js'
import { FINISH, TIED, TIES } from './ties.js'

/** The end of the name of the channel on which everyone who waits for results hears of tasks that have ended. */
export const END_NEWS = 'end'

/**
 * Settles what has finished, and keeps what each has given under a key of its own, which begins as `results` says.
 *
 * `channel`: where it is told of, as JSON: the name of the `queue` and the ids. Reply: those that are no longer held, counted from 0
 *
 * What makes room comes first, so that Redis allows it, and what follows, also when its memory is full: what has run is not to run again.
 */
export const KEEP_RESULTS = {
  keys: ['tasks', 'running', 'receipts', 'unique', 'ended', 'results'],
  args: ['again', 'channel', 'queue'],
  rest: 'for each delivery: id, receipt, milliseconds, result',
  // What is seldom needed is made only where it is: each function that a script makes takes its time.
  lua: /* lua */ `
local ids, done, lost, settled = {}, {}, {}, {}
-- Whether the first try of a repeated call has settled it.
local function wasSettled(id, receipt)
${ACKED_BEFORE}
return ackedBefore(tasks, ended, id, receipt)
end
for at = rest, #ARGV, 4 do ids[#ids + 1] = ARGV[at] end
-- The field without a name is there while anything waits for a task.
ids[#ids + 1] = ''
local held = redis.call('HMGET', receipts, unpack(ids))
ids[#ids] = nil
for n, id in ipairs(ids) do
  local receipt = ARGV[rest + 4 * n - 3]
  if held[n] == receipt and not settled[id] then
    settled[id] = n
    done[#done + 1] = id
  elseif not (again == '1' and not held[n] and wasSettled(id, receipt)) then
    lost[#lost + 1] = n - 1
  end
end
if #done == 0 then return lost end
if redis.call('EXISTS', unique) == 1 then
  ${FREE}
  free(tasks, unique, done)
end
redis.call('HDEL', receipts, unpack(done))
redis.call('HDEL', tasks, unpack(done))
redis.call('ZREM', running, unpack(done))
if held[#ids + 1] then
  ${CLOCK}${TIED}${TIES}${FINISH}
  finishAll(tasks, done, true)
end
for _, id in ipairs(done) do
  local at = rest + 4 * settled[id] - 2
  redis.call('SET', results .. id, ARGV[at + 1], 'PX', ARGV[at])
end
redis.call('PUBLISH', channel, cjson.encode({ queue, done }))
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
