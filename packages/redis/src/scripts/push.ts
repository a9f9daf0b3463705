import { CLOCK, DUE, EACH, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Writes batches of tasks, each as a whole or not at all, and gives the refused ones: batch, item, batch, item, ...
 *
 * KEYS: tasks, waiting, delayed, running, idle, and where the client's latest calls are kept with their answers
 * ARGV: the Unix milliseconds of the client, the number of this call, that of the first whose answer the client still lacks
 *   (0 in a repeated call), milliseconds in which a call may be repeated, then for each batch the number of its tasks, then for each task: id, due in
 *   Unix milliseconds or 0, payload
 *
 * A key of another kind that is in the way, or a full memory, is met before anything is written. A call that was carried out
 * before only gives its answer again: its tasks may have been run and settled since, and would otherwise run once more.
 */
export const PUSH: Script = script(`
${CLOCK}${DUE}${EACH}${WATCH}
local tasks, waiting, delayed, running, idle, pushed = unpack(KEYS)
redis.call('LLEN', waiting)
redis.call('ZCARD', delayed)
local line, later, refused = {}, {}, {}

local latest = ''
local before = ARGV[2] ~= ARGV[3] and redis.call('GET', pushed) or ''
for call, answer in string.gmatch(before, '(%d+):([%d ]*);') do
  if call == ARGV[2] then
    for place in string.gmatch(answer, '%d+') do refused[#refused + 1] = tonumber(place) end
    return refused
  end
  if tonumber(call) >= tonumber(ARGV[3]) then latest = latest .. call .. ':' .. answer .. ';' end
end

local function undo(lines, laters)
  for n = #line, lines + 1, -1 do redis.call('HDEL', tasks, table.remove(line)) end
  for n = #later, laters + 2, -2 do
    redis.call('HDEL', tasks, table.remove(later))
    table.remove(later)
  end
end

local at, batch = 5, 0
while at <= #ARGV do
  local lines, laters = #line, #later
  local last = at + 3 * tonumber(ARGV[at])
  for item = at + 1, last, 3 do
    local id, due, data = ARGV[item], dueAt(ARGV[item + 1], ARGV[1]), ARGV[item + 2]
    if redis.call('HSETNX', tasks, id, data) == 1 then
      if due ~= '0' and tonumber(due) > now then
        later[#later + 1], later[#later + 2] = due, id
      else
        line[#line + 1] = id
      end
    elseif redis.call('HGET', tasks, id) ~= data then
      undo(lines, laters)
      refused[#refused + 1], refused[#refused + 2] = batch, (item - at - 1) / 3
      break
    end
  end
  at = last + 1
  batch = batch + 1
end

each('RPUSH', waiting, line)
each('ZADD', delayed, later)
latest = latest .. ARGV[2] .. ':' .. table.concat(refused, ' ') .. ';'
redis.call('SET', pushed, latest, 'PX', ARGV[4])
watch(waiting, delayed, running, idle, now)
return refused
`)
