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
 * Shows one task.
 *
 * Reply: its state, payload, score, reason and mark; nothing when the queue does not hold it
 */
export const GET = {
  keys: ['tasks', 'delayed', 'running', 'receipts', 'dead', 'reasons'],
  args: ['id'],
  lua: /* lua */ `${CLOCK}${NUMBER_IN}${MARK_IN}${MARK_OF}
local data = redis.call('HGET', tasks, id)
if not data then return {} end
local due, ends = redis.call('ZSCORE', delayed, id), redis.call('ZSCORE', running, id)
local state = redis.call('ZSCORE', dead, id) and 'dead' or 'waiting'
if due and tonumber(due) >= now + 1 then
  state = 'delayed'
elseif ends and tonumber(ends) > now then
  state = 'running'
end
local mark = due and tonumber(due) < 0 and markOf(due) or markIn(numberIn(redis.call('HGET', receipts, id)))
return { state, data, due or ends or '', redis.call('HGET', reasons, id) or '', mark }
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
 * A page begins at the task that the one before named as the next. So nothing is passed over when tasks of that page have been taken
 * off meanwhile; and where that very task is gone, it begins where it stood: in a sorted set by its score, and in the line at
 * the head, since the head is what workers take.
 *
 * `part`, `score`, `id`: which part of the list that task stands in, its score or its place there, and its id; empty for the first
 * page. `most`: how many to give. Reply: ids, payloads, scores, reasons, marks, and the part, score and id of the last one
 */
export const LIST = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'dead', 'reasons'],
  args: ['state', 'part', 'score', 'id', 'most'],
  lua: /* lua */ `${CLOCK}${NUMBER_IN}${MARK_IN}${MARK_OF}${BAND_OF}
local ids, scores, last, why, marks = {}, {}, '', {}, {}

-- Adds those of a sorted set that stand from one rank up to another.
local function add(name, key, from, to)
  if part == name then
    local at = redis.call('ZSCORE', key, id) == score and redis.call('ZRANK', key, id)
    from = math.max(from, at or redis.call('ZCOUNT', key, '-inf', '(' .. score))
  elseif part ~= '' then
    return
  end
  part = ''
  to = math.min(to, from + most - #ids)
  if to <= from then return end
  local found = redis.call('ZRANGE', key, from, to - 1, 'WITHSCORES')
  for n = 1, #found, 2 do
    ids[#ids + 1], scores[#scores + 1], last = found[n], found[n + 1], name
    if key == delayed and tonumber(found[n + 1]) < 0 then marks[#ids] = markOf(found[n + 1]) end
  end
end

local function addLine()
  local from = 0
  if part == 'line' then
    from = tonumber(score)
    if redis.call('LINDEX', waiting, from) ~= id then from = redis.call('LPOS', waiting, id) or 0 end
  elseif part ~= '' then
    return
  end
  part = ''
  if #ids == tonumber(most) then return end
  for n, each in ipairs(redis.call('LRANGE', waiting, from, from + most - #ids - 1)) do
    ids[#ids + 1], scores[#scores + 1], last = each, string.format('%d', from + n - 1), 'line'
  end
end

local function count(key, upTo)
  return redis.call('ZCOUNT', key, '-inf', upTo)
end

local later = count(delayed, string.format('(%d', now + 1))
if state == 'waiting' then
  local above, levels = count(delayed, '(' .. bandOf(${USUAL})), count(delayed, '(0')
  add('lapsed', running, 0, count(running, now))
  add('above', delayed, 0, above)
  addLine()
  add('due', delayed, levels, later)
  add('below', delayed, above, levels)
elseif state == 'delayed' then
  add('later', delayed, later, redis.call('ZCARD', delayed))
elseif state == 'running' then
  add('held', running, count(running, now), redis.call('ZCARD', running))
else
  add('dead', dead, 0, redis.call('ZCARD', dead))
end
if #ids == 0 then return { {}, {}, {}, {}, {} } end
for n, receipt in ipairs(redis.call('HMGET', receipts, unpack(ids))) do
  marks[n] = marks[n] or markIn(numberIn(receipt))
end
if state == 'dead' then why = redis.call('HMGET', reasons, unpack(ids)) end
return { ids, redis.call('HMGET', tasks, unpack(ids)), scores, why, marks, last, scores[#scores], ids[#ids] }
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
