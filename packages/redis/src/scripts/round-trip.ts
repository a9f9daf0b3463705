import { ACKED_BEFORE, GIVEN_BEFORE } from '../repeats.js'
import { SHARES } from '@alligator/core/backend'
import { AT_HEAD, AT_TAIL, BAND_OF, MARK, MARK_IN, NUMBER_IN, USUAL } from './levels.js'
import { CLOCK, CLOCK_TEXT, FREE, PAUSED, WATCH } from './parts.js'
import { FINISH, TIED, TIES } from './ties.js'

/** Delayed tasks that are put in line at most in one round trip: the next one goes on. */
const MOST_DUE = 1000

/**
 * One round trip of a worker: settles what has finished, puts in line what is due, and hands out what there is room for.
 *
 * `from`: how many of the queues to take from, the first ones; `lease`: in milliseconds; `name`: that of a wait, or empty;
 * `stay`: milliseconds that it will wait if there is nothing, or 0; `limit`: how many at most, below zero if each level is to be emptied
 * before the next; where that is not even, behind semicolons the clocks of the levels of each queue, with commas. Reply: now, the time of the wait's next look or 0, the
 * acks that were refused (counted from 0), and for each queue that was taken from: ids, payloads, the numbers of the receipts of
 * those at the front (1 for all others): how often each was handed out, and its mark
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
  return /* lua */ `${CLOCK}${CLOCK_TEXT}${ACKED_BEFORE}${GIVEN_BEFORE}${WATCH}${PAUSED}${functions}
local isAgain = again == '1'
local asked = limit
from, limit, token = tonumber(from), tonumber(limit) or tonumber(string.match(limit, '^%-?%d+')), token .. '.'
local isStrict = limit < 0
limit = math.abs(limit)
local ends = string.format('%d', now + lease)
local lost, acks, at, taken = {}, 0, rest, 0
local reply = { now, 0, lost }

-- What waits for what has finished, made only where anything does.
local function release(tasks, done)
${TIED}${TIES}${FINISH}
finishAll(tasks, done, true)
end

local function ack(count, tasks, running, receipts, ended)
  local ids, done, settled = {}, {}, {}
  for n = 1, count do ids[n] = ARGV[at + 2 * n - 1] end
  ids[count + 1] = ''
  local held = redis.call('HMGET', receipts, unpack(ids))
  for n = 1, count do
    local id = ids[n]
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
  if held[count + 1] then release(tasks, done) end
end

-- Those whose lease has lapsed, and the numbers of their next receipts; nothing when one of them has a mark.
local function lapsed(running, receipts, room)
  local ids = redis.call('ZRANGEBYSCORE', running, '-inf', clock, 'LIMIT', 0, room)
  if #ids == 0 then return ids, ids end
  local counts, isMarked = redis.call('HMGET', receipts, unpack(ids)), false
  for n, receipt in ipairs(counts) do
    counts[n] = (tonumber(receipt and string.match(receipt, '%d+$')) or 0) + 1
    isMarked = isMarked or counts[n] >= ${MARK}
  end
  if isMarked then return end
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

-- What levels need, made only where there are any: each function that a script makes takes its time.
local function levelled()
${NUMBER_IN}${MARK_IN}${BAND_OF}${AT_TAIL}${AT_HEAD}
-- Puts what has lapsed and has a mark before the others of its mark; gives how many have lapsed that have none.
local function raise(delayed, running, receipts)
  local ids = redis.call('ZRANGEBYSCORE', running, '-inf', clock, 'LIMIT', 0, '${MOST_DUE}')
  if #ids == 0 then return 0 end
  local counts, usual = redis.call('HMGET', receipts, unpack(ids)), #ids
  for n = #ids, 1, -1 do
    local mark = markIn(numberIn(counts[n]))
    if mark > 0 then
      usual = usual - 1
      redis.call('ZREM', running, ids[n])
      putAtHead(delayed, mark, ids[n])
    end
  end
  return usual
end

-- The clocks of the levels of a queue.
local function clocksOf(queue)
  local clocks, mark = { 0, 0, 0, 0, 0 }, 0
  for number in string.gmatch(string.match(asked, ';' .. queue .. ':([^;]*)') or '', '[^,]+') do
    mark = mark + 1
    clocks[mark] = tonumber(number)
  end
  return clocks
end

-- The levels whose turn it is, and how many of each there are.
local function turns(left, clocks, room)
  local levels, counts, shares = {}, { 0, 0, 0, 0, 0 }, { ${SHARES.join(', ')} }
  while #levels < room do
    local next
    for mark = 1, 5 do
      if left[mark] > 0 and (not next or not isStrict and clocks[mark] < clocks[next]) then next = mark end
    end
    if not next then break end
    levels[#levels + 1] = next
    left[next], counts[next] = left[next] - 1, counts[next] + 1
    clocks[next] = clocks[next] + 1 / shares[next]
  end
  return levels, counts
end

-- Takes tasks of each level in its turn.
local function share(queue, waiting, delayed, running, receipts, room)
  local lapses, left = raise(delayed, running, receipts), {}
  for mark = 1, 5 do
    local from, to = bandOf(mark)
    left[mark] = redis.call('ZCOUNT', delayed, from, to)
  end
  left[${USUAL}] = lapses + redis.call('LLEN', waiting)
  local levels, counts = turns(left, clocksOf(queue), room)
  local taken = {}
  for mark = 1, 5 do
    local some, numbers = {}, {}
    if mark == ${USUAL} then
      if lapses > 0 and counts[mark] > 0 then
        some, numbers = lapsed(running, receipts, math.min(lapses, counts[mark]))
      end
      local line = #some < counts[mark] and redis.call('LPOP', waiting, counts[mark] - #some)
      for _, id in ipairs(line or {}) do some[#some + 1], numbers[#some + 1] = id, 1 end
    elseif counts[mark] > 0 then
      local from, to = bandOf(mark)
      some = redis.call('ZRANGEBYSCORE', delayed, from, to, 'LIMIT', 0, counts[mark])
      redis.call('ZREM', delayed, unpack(some))
      for n, receipt in ipairs(redis.call('HMGET', receipts, unpack(some))) do
        numbers[n] = mark * ${MARK} + numberIn(receipt) % ${MARK} + 1
      end
    end
    taken[mark] = { some, numbers, 0 }
  end
  local ids, all = {}, {}
  for n, mark in ipairs(levels) do
    local some = taken[mark]
    some[3] = some[3] + 1
    ids[n], all[n] = some[1][some[3]], some[2][some[3]]
  end
  return ids, all
end

-- Of what is due, joins what has a mark to its band; gives the rest.
local function joinBands(due, numbers, delayed, receipts)
  local usual = {}
  for n, id in ipairs(due) do
    local mark = markIn(numberIn(numbers[n]))
    if mark > 0 then
      redis.call('HDEL', receipts, id)
      putAtTail(delayed, mark, { id })
    else
      usual[#usual + 1] = id
    end
  end
  return usual
end

return { share = share, joinBands = joinBands }
end

local function promote(delayed, waiting, receipts)
  local due = redis.call('ZRANGEBYSCORE', delayed, '0', string.format('(%d', now + 1), 'LIMIT', '0', '${MOST_DUE}')
  if #due == 0 then return end
  redis.call('ZREM', delayed, unpack(due))
  local numbers = redis.call('HMGET', receipts, unpack(due))
  for n = 1, #due do
    if numbers[n] then
      due = levelled().joinBands(due, numbers, delayed, receipts)
      break
    end
  end
  if #due > 0 then redis.call('RPUSH', waiting, unpack(due)) end
end

local function take(queue, tasks, waiting, delayed, running, receipts, room, calm)
  local ids, rows, counts = {}, {}, {}
  -- Behind those that have no payload any more there may be others.
  while #ids == 0 do
    if not calm then promote(delayed, waiting, receipts) end
    -- What waits and has a mark stands first among the delayed.
    local first = not calm and redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
    ids = nil
    if not first or tonumber(first) >= 0 then ids, counts = lapsed(running, receipts, room) end
    if not ids then ids, counts = levelled().share(queue, waiting, delayed, running, receipts, room) end
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
    held[2 * n - 1], held[2 * n] = id, counts[n] and token .. string.format('%d', counts[n]) or first
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
      if not calm[queue] and pausedUntil(KEYS[key + IDLE]) then
        reply[queue + 3] = { {}, {}, {} }
      else
        local ids, rows, counts = take(queue, tasks, waiting, delayed, running, receipts, limit - taken, calm[queue])
        reply[queue + 3] = { ids, rows, counts }
        taken = taken + #ids
      end
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
    local pause = pausedUntil(idle)
    local event = pause or nextEvent(KEYS[key + WAITING], KEYS[key + DELAYED], KEYS[key + RUNNING], now)
    local place = pause and 1 or 0
    local other = tonumber(redis.call('ZRANGE', idle, place, place, 'WITHSCORES')[2])
    if event < look and not (other and other >= now and other <= event) then look = event end
  end
  for queue = 1, from do redis.pcall('ZADD', KEYS[(queue - 1) * width + IDLE], look, name) end
  reply[2] = look
end
return reply
`
}
