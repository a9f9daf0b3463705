import { ACKED_BEFORE, GIVEN_BEFORE } from '../repeats.js'
import { CLOCK, CLOCK_TEXT, FREE, WATCH } from './parts.js'

/** Delayed tasks that are put in line at most in one round trip: the next one goes on. */
const MOST_DUE = 1000

/**
 * One round trip of a worker: settles what has finished, puts in line what is due, and hands out what there is room for.
 *
 * `from`: how many of the queues to take from, the first ones; `lease`: in milliseconds; `name`: that of a wait, or empty;
 * `stay`: milliseconds that it will wait if there is nothing, or 0. Reply: now, the time of the wait's next look or 0, the
 * acks that were refused (counted from 0), and for each queue that was taken from: ids, payloads, how often those at the
 * front were handed out (1 for all others)
 *
 * The first write of each step is one that Redis also allows when its memory is full: to hand out is to make room.
 */
export const ROUND_TRIP = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle'],
  keysAgain: ['ended'],
  isForMany: true,
  args: ['from', 'limit', 'lease', 'token', 'again', 'name', 'stay'],
  rest: 'for each queue: the number of acks, then for each of them: id, receipt',
  lua: roundTrip('', '', '') as string,
} as const

/** The same where what has finished has keys, of which some may be free now. */
export const ROUND_TRIP_WITH_KEYS = {
  keys: ['tasks', 'waiting', 'delayed', 'running', 'receipts', 'idle', 'unique'],
  keysAgain: ['ended'],
  isForMany: true,
  args: ['from', 'limit', 'lease', 'token', 'again', 'name', 'stay'],
  rest: 'for each queue: the number of acks, then for each of them: id, receipt',
  lua: roundTrip(
    `${FREE}local unique`,
    `unique = KEYS[key + UNIQUE]
  `,
    `free(tasks, unique, done)
  `,
  ) as string,
} as const

function roundTrip(functions: string, aim: string, free: string): string {
  return /* lua */ `${CLOCK}${CLOCK_TEXT}${ACKED_BEFORE}${GIVEN_BEFORE}${WATCH}${functions}
local isAgain = again == '1'
from, limit, token = tonumber(from), tonumber(limit), token .. '.'
local ends = string.format('%d', now + lease)
local lost, acks, at, taken = {}, 0, rest, 0
local reply = { now, 0, lost }

local function ack(count, tasks, running, receipts, ended)
  local ids, done, settled = {}, {}, {}
  for n = 1, count do ids[n] = ARGV[at + 2 * n - 1] end
  local held = redis.call('HMGET', receipts, unpack(ids))
  for n, id in ipairs(ids) do
    if held[n] == ARGV[at + 2 * n] and not settled[id] then
      settled[id] = true
      done[#done + 1] = id
    elseif not (isAgain and not held[n] and ackedBefore(tasks, ended, id, ARGV[at + 2 * n])) then
      lost[#lost + 1] = acks + n - 1
    end
  end
  if #done == 0 then return end
  ${free}redis.call('HDEL', receipts, unpack(done))
  redis.call('HDEL', tasks, unpack(done))
  redis.call('ZREM', running, unpack(done))
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
  local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', string.format('(%d', now + 1), 'LIMIT', '0', '${MOST_DUE}')
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  redis.call('RPUSH', waiting, unpack(due))
end

local function take(tasks, waiting, delayed, running, receipts, room, calm)
  local ids, rows, counts = {}, {}, {}
  -- Behind those that have no payload any more there may be others.
  while #ids == 0 do
    if not calm then promote(delayed, waiting) end
    ids, counts = lapsed(running, receipts, room)
    local line = #ids < room and redis.call('LPOP', waiting, room - #ids)
    if line and #ids == 0 then
      ids = line
    elseif line then
      for _, id in ipairs(line) do ids[#ids + 1] = id end
    end
    if #ids == 0 then return ids, ids, ids end
    rows = redis.call('HMGET', tasks, unpack(ids))
    for n = 1, #ids do
      if not rows[n] then
        ids, rows, counts = compact(ids, rows, counts)
        break
      end
    end
  end
  local leases, held, first = {}, {}, token .. '1'
  for n, id in ipairs(ids) do
    leases[2 * n - 1], leases[2 * n] = ends, id
    held[2 * n - 1], held[2 * n] = id, counts[n] and token .. counts[n] or first
  end
  redis.call('ZADD', running, unpack(leases))
  redis.call('HSET', receipts, unpack(held))
  return ids, rows, counts
end

if isAgain then
  for queue = 1, from do
    local key = (queue - 1) * width
    reply[queue + 3] = { givenBefore(token, KEYS[key + TASKS], KEYS[key + RECEIPTS], limit - taken) }
    taken = taken + #reply[queue + 3][1]
  end
end

-- The queues where nothing is delayed and nobody waits: the plain case, which one look must tell.
local isNew, calm = taken == 0, {}
for queue = 1, #KEYS / width do
  local key = (queue - 1) * width
  local tasks, running, receipts = KEYS[key + TASKS], KEYS[key + RUNNING], KEYS[key + RECEIPTS]
  local count = tonumber(ARGV[at])
  ${aim}if count > 0 then ack(count, tasks, running, receipts, KEYS[key + ENDED]) end
  acks = acks + count
  at = at + 1 + 2 * count
  if isNew and queue <= from then
    if taken < limit then
      local waiting, delayed = KEYS[key + WAITING], KEYS[key + DELAYED]
      calm[queue] = redis.call('EXISTS', delayed, KEYS[key + IDLE]) == 0
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
    local key = (queue - 1) * width
    if not calm[queue] then
      local idle = KEYS[key + IDLE]
      if name ~= '' then redis.call('ZREM', idle, name) end
      watch(KEYS[key + WAITING], KEYS[key + DELAYED], KEYS[key + RUNNING], idle, now)
    end
  end
else
  local look = now + stay
  for queue = 1, from do
    local key = (queue - 1) * width
    local idle = KEYS[key + IDLE]
    redis.call('ZREM', idle, name)
    local event = nextEvent(KEYS[key + WAITING], KEYS[key + DELAYED], KEYS[key + RUNNING], now)
    local other = tonumber(redis.call('ZRANGE', idle, 0, 0, 'WITHSCORES')[2])
    if event < look and not (other and other >= now and other <= event) then look = event end
  end
  for queue = 1, from do redis.pcall('ZADD', KEYS[(queue - 1) * width + IDLE], look, name) end
  reply[2] = look
end
return reply
`
}
