import { BAND_OF, MARK_IN, MARK_OF, NUMBER_IN, USUAL } from './levels.js'
import { CLOCK } from './parts.js'

/** Tells how many tasks are waiting, delayed, running and dead. */
export const COUNTS = {
  keys: ['waiting', 'delayed', 'running', 'dead'],
  args: [],
  lua: /* lua */ `${CLOCK}
local due, lapsed = redis.call('ZCOUNT', delayed, '-inf', string.format('(%d', now + 1)), redis.call('ZCOUNT', running, '-inf', now)
return {
  redis.call('LLEN', waiting) + due + lapsed,
  redis.call('ZCARD', delayed) - due,
  redis.call('ZCARD', running) - lapsed,
  redis.call('ZCARD', dead),
}
` as string,
} as const

/**
 * Tells the states of tasks.
 *
 * Reply: for each id its state, or nothing when the queue does not hold it
 */
export const FIND = {
  keys: ['tasks', 'delayed', 'running', 'dead'],
  args: [],
  rest: 'ids',
  lua: /* lua */ `${CLOCK}
local states = {}
for at = rest, #ARGV do
  local id = ARGV[at]
  local due, ends = redis.call('ZSCORE', delayed, id), redis.call('ZSCORE', running, id)
  if redis.call('HEXISTS', tasks, id) == 0 then
    states[at] = ''
  elseif due and tonumber(due) >= now + 1 then
    states[at] = 'delayed'
  elseif ends and tonumber(ends) > now then
    states[at] = 'running'
  else
    states[at] = redis.call('ZSCORE', dead, id) and 'dead' or 'waiting'
  end
end
return states
` as string,
} as const

/**
 * Tells which tasks left the queue without success.
 *
 * Reply: their places among the ids, counted from 0
 */
export const REMOVED = {
  keys: ['gone'],
  args: [],
  rest: 'ids',
  lua: /* lua */ `
local places = {}
for at = rest, #ARGV do
  if redis.call('ZSCORE', gone, ARGV[at]) then places[#places + 1] = at - rest end
end
return places
` as string,
} as const

/**
 * Lists the tasks in one state, oldest first. What waits are lapsed deliveries, then the line between the levels above and below it,
 * where what is due joins it.
 *
 * `from`: how many to skip; `most`: how many to give. Reply: ids, payloads, times in Unix milliseconds, reasons, marks
 */
export const LIST = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'dead', 'reasons'],
  args: ['state', 'from', 'most'],
  lua: /* lua */ `${CLOCK}${NUMBER_IN}${MARK_IN}${MARK_OF}${BAND_OF}
local skip, room = tonumber(from), tonumber(most)
local ids, times, why, marks = {}, {}, {}, {}
local usual = bandOf(${USUAL})

local function add(key, first, last, withTimes)
  local found = redis.call('ZRANGEBYSCORE', key, first, last, 'WITHSCORES', 'LIMIT', skip, room)
  for n = 1, #found, 2 do
    ids[#ids + 1] = found[n]
    if withTimes then times[#times + 1] = found[n + 1] end
    if tonumber(found[n + 1]) < 0 and key == delayed then marks[#ids] = markOf(found[n + 1]) end
  end
  room = room - #found / 2
  skip = math.max(0, skip - redis.call('ZCOUNT', key, first, last))
end

if state == 'waiting' then
  add(running, '-inf', now)
  if room > 0 then add(delayed, '-inf', '(' .. usual) end
  if room > 0 then
    for _, id in ipairs(redis.call('LRANGE', waiting, skip, skip + room - 1)) do
      ids[#ids + 1] = id
      room = room - 1
    end
    skip = math.max(0, skip - redis.call('LLEN', waiting))
  end
  if room > 0 then add(delayed, 0, string.format('(%d', now + 1)) end
  if room > 0 then add(delayed, usual, '(0') end
elseif state == 'delayed' then
  add(delayed, now + 1, '+inf', true)
elseif state == 'running' then
  add(running, '(' .. string.format('%.0f', now), '+inf', true)
else
  add(dead, '-inf', '+inf')
end
if #ids == 0 then return { {}, {}, {}, {}, {} } end
for n, receipt in ipairs(redis.call('HMGET', receipts, unpack(ids))) do
  marks[n] = marks[n] or markIn(numberIn(receipt))
end
if state == 'dead' then why = redis.call('HMGET', reasons, unpack(ids)) end
return { ids, redis.call('HMGET', tasks, unpack(ids)), times, why, marks }
` as string,
} as const

/**
 * Tells how many tasks wait at each level.
 *
 * Reply: a number for each mark from 1
 */
export const COUNT_LEVELS = {
  keys: ['waiting', 'delayed'],
  args: [],
  lua: /* lua */ `${CLOCK}${BAND_OF}
local counts = {}
for mark = 1, 5 do
  local from, to = bandOf(mark)
  counts[mark] = redis.call('ZCOUNT', delayed, from, to)
end
counts[${USUAL}] = redis.call('LLEN', waiting) + redis.call('ZCOUNT', delayed, 0, string.format('(%d', now + 1))
return counts
` as string,
} as const
