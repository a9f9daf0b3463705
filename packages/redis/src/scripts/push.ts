import { CLOCK, DUE, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Writes batches of tasks, each as a whole or not at all, and gives the refused ones: batch, item, batch, item, ...
 *
 * KEYS: tasks, waiting, delayed, running, idle, and where the client's latest calls are kept with their answers
 * ARGV: the Unix milliseconds of the client, the number of this call, that of the first whose answer the client still lacks
 *   (0 in a repeated call), milliseconds in which a call may be repeated, then for each task: id, due in Unix milliseconds
 *   or 0, payload; after a \`+\` the due time of what belongs to the same batch as the task before
 *
 * What is written is made out first: a key of another kind that is in the way, or a full memory, is met before anything is
 * written, and each command takes many tasks, in parts that Lua's stack can hold. A call that was carried out before only
 * gives its answer again: its tasks may have been run and settled since, and would otherwise run once more.
 */
export const PUSH: Script = script(`
${CLOCK}${DUE}${WATCH}
local tasks, waiting, delayed, running, idle, pushed = unpack(KEYS)
local fields, line, later, refused = {}, {}, {}, {}

local latest = ''
local before = ARGV[2] ~= ARGV[3] and redis.call('GET', pushed) or ''
for call, answer in string.gmatch(before, '(%d+):([%d ]*);') do
  if call == ARGV[2] then
    for place in string.gmatch(answer, '%d+') do refused[#refused + 1] = tonumber(place) end
    return refused
  end
  if tonumber(call) >= tonumber(ARGV[3]) then latest = latest .. call .. ':' .. answer .. ';' end
end

local function each(command, key, list)
  for first = 1, #list, 2000 do
    redis.call(command, key, unpack(list, first, math.min(first + 1999, #list)))
  end
end

-- The payloads that the queue has, and will have; false where it has none.
local held = {}
for first = 5, #ARGV, 3000 do
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

for at = 5, #ARGV, 3 do
  local id, due, data = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if string.sub(due, 1, 1) == '+' then
    due, item = string.sub(due, 2), item + 1
  else
    batch, item, isRefused = batch + 1, 0, false
    begin[1], begin[2], begin[3] = #fields, #line, #later
  end
  if not isRefused and not held[id] then
    held[id] = data
    fields[#fields + 1], fields[#fields + 2] = id, data
    due = dueAt(due, ARGV[1])
    if due ~= '0' and tonumber(due) > now then
      later[#later + 1], later[#later + 2] = due, id
    else
      line[#line + 1] = id
    end
  elseif not isRefused and held[id] ~= data then
    isRefused = true
    refuse()
  end
end

if #later > 0 then redis.call('ZCARD', delayed) end
each('RPUSH', waiting, line)
each('HSET', tasks, fields)
each('ZADD', delayed, later)
latest = latest .. ARGV[2] .. ':' .. table.concat(refused, ' ') .. ';'
redis.call('SET', pushed, latest, 'PX', ARGV[4])
watch(waiting, delayed, running, idle, now)
return refused
`)
