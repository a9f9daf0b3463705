import { CLOCK, HAS_ENDED, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/** Delayed tasks that are put in line at most in one turn: the next turn goes on. */
const MOST_DUE = 1000

/**
 * One turn of a worker: settles what has finished, puts in line what is due, and hands out what there is room for.
 *
 * KEYS: for each queue: tasks, waiting, delayed, running, receipts, idle; in a repeated call then for each queue: ended
 * ARGV: 1 how many of the queues to take from, the first ones; 2 limit; 3 lease in milliseconds; 4 what receipts begin
 *   with; 5 \`1\` if this very call may have been carried out before; 6 the name of a wait, or empty; 7 milliseconds
 *   that it will wait if there is nothing, or 0; 8... for each queue the number of acks, then for each: id, receipt
 * Reply: now, the time of the wait's next look or 0, the acks that were refused (counted from 0), and for each queue
 *   that was taken from: ids, payloads, how often those at the front were handed out (1 for all others)
 *
 * The first write of each step is one that Redis also allows when its memory is full: to hand out is to make room.
 */
export const TURN: Script = script(`
${CLOCK}${HAS_ENDED}${WATCH}
local from, limit, again, name, stay = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[5] == '1', ARGV[6], ARGV[7]
local token, ends = ARGV[4] .. '.', string.format('%d', now + ARGV[3])
local lost, acks, at, taken = {}, 0, 8, 0
local reply = { now, 0, lost }
local queues = #KEYS / (again and 7 or 6)

-- Whether the first try of a repeated ack has, as far as can be told, finished a task that is gone.
local function ackedBefore(tasks, ended, id, receipt)
  if redis.call('HEXISTS', tasks, id) == 1 then return false end
  for _, how in ipairs({ 'release', 'bury', 'remove' }) do
    if hasEnded(ended, how, receipt, id) then return false end
  end
  return true
end

local function ack(count, tasks, running, receipts, ended)
  local ids, done, settled = {}, {}, {}
  for n = 1, count do ids[n] = ARGV[at + 2 * n - 1] end
  local held = redis.call('HMGET', receipts, unpack(ids))
  for n, id in ipairs(ids) do
    if held[n] == ARGV[at + 2 * n] and not settled[id] then
      settled[id] = true
      done[#done + 1] = id
    elseif not (again and not held[n] and ackedBefore(tasks, ended, id, ARGV[at + 2 * n])) then
      lost[#lost + 1] = acks + n - 1
    end
  end
  if #done == 0 then return end
  redis.call('HDEL', receipts, unpack(done))
  redis.call('HDEL', tasks, unpack(done))
  redis.call('ZREM', running, unpack(done))
end

-- What an earlier call under this token was given.
local function givenBefore(tasks, receipts, room)
  local ids, counts, all = {}, {}, redis.call('HGETALL', receipts)
  for n = 1, #all, 2 do
    if #ids < room and string.sub(all[n + 1], 1, #token) == token then
      ids[#ids + 1], counts[#counts + 1] = all[n], tonumber(string.sub(all[n + 1], #token + 1))
    end
  end
  if #ids == 0 then return ids, ids, ids end
  return ids, redis.call('HMGET', tasks, unpack(ids)), counts
end

-- Those whose lease has lapsed, and how often each has now been handed out.
local function lapsed(running, receipts, room)
  local ids = redis.call('ZRANGEBYSCORE', running, '-inf', clock, 'LIMIT', 0, room)
  if #ids == 0 then return ids, ids end
  local counts = redis.call('HMGET', receipts, unpack(ids))
  for n, receipt in ipairs(counts) do
    counts[n] = (tonumber(receipt and string.match(receipt, '%d+$')) or 0) + 1
  end
  redis.call('ZREM', running, unpack(ids))
  return ids, counts
end

-- Ids without a payload: somebody, or the server for want of memory, has dropped it.
local function compact(ids, rows, counts)
  local full = { {}, {}, {} }
  for n, id in ipairs(ids) do
    if rows[n] then
      local place = #full[1] + 1
      full[1][place], full[2][place], full[3][place] = id, rows[n], counts[n]
    end
  end
  return unpack(full)
end

local function promote(delayed, waiting)
  local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', clock, 'LIMIT', '0', '${MOST_DUE}')
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  redis.call('RPUSH', waiting, unpack(due))
end

local function take(tasks, waiting, delayed, running, receipts, room, calm)
  if not calm then promote(delayed, waiting) end
  local ids, counts = lapsed(running, receipts, room)
  local line = #ids < room and redis.call('LPOP', waiting, room - #ids)
  if line and #ids == 0 then
    ids = line
  elseif line then
    for _, id in ipairs(line) do ids[#ids + 1] = id end
  end
  if #ids == 0 then return ids, ids, ids end
  local rows, leases, held, first = redis.call('HMGET', tasks, unpack(ids)), {}, {}, token .. '1'
  for n = 1, #ids do
    if not rows[n] then
      ids, rows, counts = compact(ids, rows, counts)
      break
    end
  end
  for n, id in ipairs(ids) do
    leases[2 * n - 1], leases[2 * n] = ends, id
    held[2 * n - 1], held[2 * n] = id, counts[n] and token .. counts[n] or first
  end
  if #ids > 0 then
    redis.call('ZADD', running, unpack(leases))
    redis.call('HSET', receipts, unpack(held))
  end
  return ids, rows, counts
end

if again then
  for queue = 1, from do
    local key = 6 * queue - 5
    reply[queue + 3] = { givenBefore(KEYS[key], KEYS[key + 4], limit - taken) }
    taken = taken + #reply[queue + 3][1]
  end
end

-- The queues where nothing is delayed and nobody waits: the plain case, which one look must tell.
local isNew, calm = taken == 0, {}
for queue = 1, queues do
  local key = 6 * queue - 5
  local tasks, waiting, delayed, running, receipts = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local count = tonumber(ARGV[at])
  if count > 0 then ack(count, tasks, running, receipts, KEYS[6 * queues + queue]) end
  acks = acks + count
  at = at + 1 + 2 * count
  if isNew and queue <= from then
    if taken < limit then
      calm[queue] = redis.call('EXISTS', delayed, KEYS[key + 5]) == 0
      local ids, rows, counts = take(tasks, waiting, delayed, running, receipts, limit - taken, calm[queue])
      reply[queue + 3] = { ids, rows, counts }
      taken = taken + #ids
    else
      reply[queue + 3] = { {}, {}, {} }
    end
  end
end

if taken > 0 or stay == '0' then
  for queue = 1, from do
    local key = 6 * queue - 5
    if not calm[queue] then
      if name ~= '' then redis.call('ZREM', KEYS[key + 5], name) end
      watch(KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 5], now)
    end
  end
else
  local look = now + stay
  for queue = 1, from do
    local key = 6 * queue - 5
    redis.call('ZREM', KEYS[key + 5], name)
    local event = nextEvent(KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], now)
    local other = tonumber(redis.call('ZRANGE', KEYS[key + 5], 0, 0, 'WITHSCORES')[2])
    if event < look and not (other and other >= now and other <= event) then look = event end
  end
  for queue = 1, from do redis.pcall('ZADD', KEYS[6 * queue], look, name) end
  reply[2] = look
end
return reply
`)
