import { CLOCK, EACH, WATCH } from './parts.js'
import { type Script, script } from './script.js'

/** Delayed tasks that are put in line at most in one turn: the next turn goes on. */
const MOST_DUE = 1000

/**
 * One turn of a worker: settles what has finished, puts in line what is due, and hands out what there is room for.
 *
 * KEYS: for each queue: tasks, waiting, delayed, running, receipts, idle
 * ARGV: 1 how many of the queues to take from, the first ones; 2 limit; 3 lease in milliseconds; 4 what receipts begin
 *   with; 5 \`1\` if this very call may have been carried out before; 6 the name of a wait, or empty; 7 milliseconds
 *   that it will wait if there is nothing, or 0; 8... for each queue the number of acks, then for each: id, receipt
 * Reply: now, the time of the wait's next look or 0, the acks that were refused (counted from 0), and for each queue
 *   that was taken from: ids, payloads, how often those at the front were handed out (1 for all others)
 *
 * The first write of each step is one that Redis also allows when its memory is full: to hand out is to make room.
 */
export const TURN: Script = script(`
${CLOCK}${EACH}${WATCH}
local from, limit, lease, token = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] .. '.'
local again, name, stay = ARGV[5] == '1', ARGV[6], tonumber(ARGV[7])
local lost, acks, at = {}, 0, 8

local function ack(tasks, running, receipts)
  local count = tonumber(ARGV[at])
  if count > 0 then
    local ids, done = {}, {}
    for n = 1, count do ids[n] = ARGV[at + 2 * n - 1] end
    local held = redis.call('HMGET', receipts, unpack(ids))
    local settled = {}
    for n, id in ipairs(ids) do
      if held[n] == ARGV[at + 2 * n] and not settled[id] then
        settled[id] = true
        done[#done + 1] = id
      elseif not (again and not held[n] and redis.call('HEXISTS', tasks, id) == 0) then
        lost[#lost + 1] = acks + n - 1
      end
    end
    if #done > 0 then
      redis.call('HDEL', receipts, unpack(done))
      redis.call('HDEL', tasks, unpack(done))
      redis.call('ZREM', running, unpack(done))
    end
  end
  acks = acks + count
  at = at + 1 + 2 * count
end

local function promote(waiting, delayed)
  local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, ${MOST_DUE})
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  redis.call('RPUSH', waiting, unpack(due))
end

local function give(given, ids, rows, counts)
  for n, id in ipairs(ids) do
    if rows[n] then
      local place = #given[1] + 1
      given[1][place], given[2][place] = id, rows[n]
      if counts then given[3][place] = counts[n] end
    end
  end
end

local function handedOutBefore(tasks, receipts, given, room)
  local ids, counts, all = {}, {}, redis.call('HGETALL', receipts)
  for n = 1, #all, 2 do
    if #ids < room and string.sub(all[n + 1], 1, #token) == token then
      ids[#ids + 1], counts[#counts + 1] = all[n], tonumber(string.sub(all[n + 1], #token + 1))
    end
  end
  if #ids > 0 then give(given, ids, redis.call('HMGET', tasks, unpack(ids)), counts) end
end

local function takeLapsed(tasks, running, receipts, given, room)
  local ids = redis.call('ZRANGEBYSCORE', running, '-inf', now, 'LIMIT', 0, room)
  if #ids == 0 then return end
  local counts = redis.call('HMGET', receipts, unpack(ids))
  for n, receipt in ipairs(counts) do
    counts[n] = (tonumber(receipt and string.match(receipt, '%d+$')) or 0) + 1
  end
  redis.call('ZREM', running, unpack(ids))
  give(given, ids, redis.call('HMGET', tasks, unpack(ids)), counts)
end

local function takeWaiting(tasks, waiting, given, room)
  while #given[1] < room do
    local ids = redis.call('LPOP', waiting, room - #given[1])
    if not ids then return end
    give(given, ids, redis.call('HMGET', tasks, unpack(ids)))
  end
end

local function hold(running, receipts, given)
  local leases, held, first = {}, {}, token .. '1'
  for n, id in ipairs(given[1]) do
    leases[2 * n - 1], leases[2 * n] = now + lease, id
    held[2 * n - 1], held[2 * n] = id, given[3][n] and token .. given[3][n] or first
  end
  each('ZADD', running, leases)
  each('HSET', receipts, held)
end

local queues, taken, reply = {}, 0, { now, 0, lost }
for first = 1, #KEYS, 6 do
  local tasks, waiting, delayed, running, receipts, idle = unpack(KEYS, first, first + 5)
  ack(tasks, running, receipts)
  if #queues < from then
    queues[#queues + 1] = { tasks, waiting, delayed, running, receipts, idle, { {}, {}, {} } }
    reply[#queues + 3] = queues[#queues][7]
  end
end

if again then
  for _, queue in ipairs(queues) do
    handedOutBefore(queue[1], queue[5], queue[7], limit - taken)
    taken = taken + #queue[7][1]
  end
end

if taken == 0 then
  for _, queue in ipairs(queues) do
    local tasks, waiting, delayed, running, receipts, _, given = unpack(queue)
    local room = limit - taken
    if room > 0 then
      promote(waiting, delayed)
      takeLapsed(tasks, running, receipts, given, room)
      takeWaiting(tasks, waiting, given, room)
      hold(running, receipts, given)
      taken = taken + #given[1]
    end
  end
end

if taken > 0 or stay == 0 then
  for _, queue in ipairs(queues) do
    if name ~= '' then redis.call('ZREM', queue[6], name) end
    watch(queue[2], queue[3], queue[4], queue[6], now)
  end
else
  local look = now + stay
  for _, queue in ipairs(queues) do
    redis.call('ZREM', queue[6], name)
    local event = nextEvent(queue[2], queue[3], queue[4], now)
    local other = tonumber(redis.call('ZRANGE', queue[6], 0, 0, 'WITHSCORES')[2])
    if event < look and not (other and other >= now and other <= event) then look = event end
  end
  for _, queue in ipairs(queues) do redis.pcall('ZADD', queue[6], look, name) end
  reply[2] = look
end
return reply
`)
