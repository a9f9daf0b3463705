import { CLOCK, EACH, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/**
 * Writes batches of tasks, each as a whole or not at all, and gives the refused ones: batch, item, batch, item, ...
 *
 * KEYS: tasks, waiting, delayed, running, idle
 * ARGV: for each batch the number of its tasks, then for each task: id, due in Unix milliseconds or 0, payload
 *
 * Ids are written before payloads: where another kind of key is in the way, nothing is left that could be handed out.
 */
export const PUSH: Script = script(`
${CLOCK}${EACH}${WATCH}
local tasks, waiting, delayed, running, idle = unpack(KEYS)
local ids, dues, rows, sizes = {}, {}, {}, {}
local at = 1
while at <= #ARGV do
  local size = tonumber(ARGV[at])
  sizes[#sizes + 1] = size
  for item = at + 1, at + 3 * size, 3 do
    ids[#ids + 1], dues[#dues + 1], rows[#rows + 1] = ARGV[item], ARGV[item + 1], ARGV[item + 2]
  end
  at = at + 3 * size + 1
end

local held = {}
for first = 1, #ids, 2000 do
  for _, row in ipairs(redis.call('HMGET', tasks, unpack(ids, first, math.min(first + 1999, #ids)))) do
    held[#held + 1] = row
  end
end

local known, line, later, payloads, refused = {}, {}, {}, {}, {}
local first = 1
for batch, size in ipairs(sizes) do
  local fresh, clash = {}, nil
  for item = first, first + size - 1 do
    local before = held[item] or known[ids[item]]
    if not before then
      known[ids[item]] = rows[item]
      fresh[#fresh + 1] = item
    elseif before ~= rows[item] then
      clash = item
      break
    end
  end
  for _, item in ipairs(fresh) do
    local id, due = ids[item], dues[item]
    if clash then
      known[id] = nil
    else
      payloads[#payloads + 1], payloads[#payloads + 2] = id, rows[item]
      if due ~= '0' and tonumber(due) > now then
        later[#later + 1], later[#later + 2] = due, id
      else
        line[#line + 1] = id
      end
    end
  end
  if clash then refused[#refused + 1], refused[#refused + 2] = batch - 1, clash - first end
  first = first + size
end

each('RPUSH', waiting, line)
each('ZADD', delayed, later)
each('HSET', tasks, payloads)
watch(waiting, delayed, running, idle, now)
return refused
`)
