import { BEGIN_PUSH, END_PUSH } from '../repeats.js'
import { AT_TAIL, BAND_OF, READ_MARK, WRITE_MARKS } from './levels.js'
import { ALIKE, CLOCK, DUE, FREE, JOIN, WAKE, WATCH } from './parts.js'
import { FINISH, FIND_OVER, OVER, TIED, TIES } from './ties.js'

/**
 * Writes one task that may run at once, which is what most calls do: in half the time that `PUSH` takes.
 *
 * Reply: as that of `PUSH`
 */
export const PUSH_ONE = {
  keys: ['tasks', 'waiting', 'gone', 'idle', 'pushed'],
  args: ['call', 'unanswered', 'patience', 'id', 'data'],
  lua: /* lua */ `${BEGIN_PUSH}${ALIKE}
if redis.call('HSETNX', tasks, id, data) == 1 then
  local written = redis.pcall('RPUSH', waiting, id)
  if type(written) == 'table' then
    -- A key of another kind is in the way.
    redis.call('HDEL', tasks, id)
    return written
  end
elseif not alike(redis.call('HGET', tasks, id), data) then
  refused = { 0, 0 }
end
${END_PUSH}
if redis.call('EXISTS', idle, gone) > 0 then
  redis.pcall('ZREM', gone, id)
  ${CLOCK}${WAKE}
  wake(idle, now, now)
end
return refused
` as string,
} as const

/**
 * Writes batches of tasks, each as a whole or not at all, and gives the refused ones: batch, item, batch, item, ...
 *
 * `sent`: the Unix milliseconds of the client. What is written is made out first: a key of another kind that is in the way,
 * or a full memory, is met before anything is written, and each command takes many tasks, in parts that Lua's stack can
 * hold.
 */
export const PUSH = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'gone', 'idle', 'pushed'],
  args: ['call', 'unanswered', 'patience', 'sent'],
  rest: 'for each task: id, due in Unix milliseconds or 0, payload; after a `+` the due time of what belongs to the same batch as the task before',
  lua: pushLua(() => '') as string,
} as const

/** The same for tasks some of which have a mark: it stands behind the due time, after a semicolon. */
export const PUSH_LEVELS = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'gone', 'idle', 'pushed', 'receipts'],
  args: ['call', 'unanswered', 'patience', 'sent'],
  rest: 'for each task: id, due and mark, payload; as those of `PUSH`',
  lua: pushLua((lua) => lua) as string,
} as const

/**
 * The same for one batch of tasks some of which wait for others, or are members of a batch. An item whose batch takes no more members
 * is refused with a place that is higher by `OVER`.
 *
 * `tiesText`: for each such item, as JSON, its place from 0, the id of its batch or nothing, in which case it is due or nothing,
 * and the ids that it waits for
 */
export const PUSH_TIED = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'gone', 'idle', 'pushed', 'receipts'],
  args: ['call', 'unanswered', 'patience', 'sent', 'tiesText'],
  rest: 'for each task: id, due and mark, payload; as those of `PUSH`',
  lua: pushLua(
    (lua) => lua,
    /* lua */ `${FIND_OVER}
if lateItem then
  refused = { 0, ${OVER} + lateItem }
  ${END_PUSH}
  return refused
end
`,
    /* lua */ `
local isNew = {}
for n = 1, #fields, 2 do isNew[fields[n]] = true end
-- The last ones stand at the tail.
for n = #given, 1, -1 do
  local place, batchId, how, others = unpack(given[n])
  local id = ARGV[rest + 3 * place]
  if isNew[id] then
    if batchId ~= '' then tier.enroll(id, batchId) end
    if how ~= '' then tier.park(id, how, others) end
    isNew[id] = false
  end
end
tier.keep()
`,
  ) as string,
} as const

/** `withMarks` gives what is only for tasks with marks, or nothing; `before` and `after` are what comes before and after all is written. */
function pushLua(withMarks: (lua: string) => string, before = '', after = ''): string {
  return /* lua */ `${CLOCK}${DUE}${JOIN}${WATCH}${ALIKE}${BEGIN_PUSH}${before}${withMarks(BAND_OF + AT_TAIL)}
local fields, line, later, joined = {}, {}, {}, {}
${withMarks('local marks = {}')}

local function each(command, key, list)
  for first = 1, #list, 2000 do
    redis.call(command, key, unpack(list, first, math.min(first + 1999, #list)))
  end
end

-- The payloads that the queue has, and will have; false where it has none.
local held = {}
for first = rest, #ARGV, 3000 do
  local ids = {}
  for at = first, math.min(first + 2999, #ARGV), 3 do ids[#ids + 1] = ARGV[at] end
  for n, data in ipairs(redis.call('HMGET', tasks, unpack(ids))) do held[ids[n]] = data end
end

local batch, item, isRefused, begin = -1, 0, false, {}

local function cut(list, length)
  for n = #list, length + 1, -1 do list[n] = nil end
end

local function refuse()
  refused[#refused + 1], refused[#refused + 2] = batch, item
  for n = begin[1] + 1, #fields, 2 do held[fields[n]] = false end
  cut(fields, begin[1])
  cut(line, begin[2])
  cut(later, begin[3])
end

for at = rest, #ARGV, 3 do
  local id, due, data = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  ${withMarks(READ_MARK)}
  if string.sub(due, 1, 1) == '+' then
    due, item = string.sub(due, 2), item + 1
  else
    batch, item, isRefused = batch + 1, 0, false
    begin[1], begin[2], begin[3] = #fields, #line, #later
  end
  if not isRefused and not held[id] then
    held[id] = data
    ${withMarks('marks[id] = mark')}
    fields[#fields + 1], fields[#fields + 2] = id, data
    due = dueAt(due, sent)
    if due ~= '0' and tonumber(due) > now then
      later[#later + 1], later[#later + 2] = join(delayed, due, joined), id
    else
      line[#line + 1] = id
    end
  elseif not isRefused and not alike(held[id], data) then
    isRefused = true
    refuse()
  end
end

if #later > 0 then redis.call('ZCARD', delayed) end
${withMarks(WRITE_MARKS)}
each('RPUSH', waiting, line)
each('HSET', tasks, fields)
each('ZADD', delayed, later)
if redis.call('EXISTS', gone) == 1 then
  for n = 1, #fields, 2 do redis.pcall('ZREM', gone, fields[n]) end
end
${after}${END_PUSH}
watch(waiting, delayed, running, idle, now)
return refused
`
}

/**
 * Tells which tasks the queue has.
 *
 * Reply: the places of these among the ids, counted from 0
 */
export const HELD = {
  keys: ['tasks'],
  args: [],
  rest: 'ids',
  lua: /* lua */ `
local places = {}
for n, length in ipairs(redis.call('HMGET', tasks, unpack(ARGV, rest))) do
  if length then places[#places + 1] = n - 1 end
end
return places
` as string,
} as const

/** Removes tasks that were just written, and that nobody was given so far: the last in line first. */
export const TAKE_BACK = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'dead', 'unique'],
  args: [],
  rest: 'ids',
  lua: /* lua */ `${CLOCK}${FREE}${TIED}${TIES}${FINISH}
for at = rest, #ARGV do
  local id = ARGV[at]
  local isFree = redis.call('HEXISTS', tasks, id) == 1
    and not redis.call('ZSCORE', running, id) and not redis.call('ZSCORE', dead, id)
  if isFree and (redis.call('ZREM', delayed, id) == 1 or redis.call('LREM', waiting, -1, id) == 1) then
    free(tasks, unique, { id })
    redis.call('HDEL', tasks, id)
    redis.call('HDEL', receipts, id)
    finishAll(tasks, { id }, false)
  end
end
` as string,
} as const
