import { BATCH_KEPT } from '@alligator/core/backend'
import { MARK, MARK_OF, READ_MARK } from './levels.js'
import { CLOCK, DUE, GO, JOIN, UNDER, WATCH } from './parts.js'

// Tasks that wait for others, and batches. A queue without any of them has none of these keys, whose names are made of that of `tasks`:
// so the calls that every task takes do not bring them, and ask once whether they are there.
//
// - `edges`: what waits for what. Each is the length of an id in two bytes, the id, and what waits for it: the id of a task, or a star
//   and the id of a batch, of which the first one is then a member. A batch that is a member has a star before its id, too. All scores
//   are 0, so that they stand in the order of their bytes, and those of one id together.
// - `parked`: by the id of a parked task, in which case it is due (`s`: also once one has ended without success; `a`: once all have
//   ended; `b`: once its batch has), the Unix milliseconds of its delay or 0, a semicolon, and the ids that it waits for, or that of its batch.
// - `batches`: by its id, a batch as a list: total, succeeded, failed, pending, whether it is full, whether it is canceled, the Unix
//   milliseconds of its end or 0, and the ids of the callbacks for success, failure and either.
// - `opened`: the batches that have not ended, by the time when they were made.
// - `over`: the batches that have ended, by the time of that.
//
// While there are any edges or parked tasks, the receipts have a field without a name.
//
// A parked task stands among the delayed, behind whatever has a time.

/** The first score of what is parked: no time comes near. */
export const PARKED: number = 2 ** 52
/** What is added to the place of an item whose batch takes no more members. */
export const OVER: number = 2 ** 30
/** What stands in the receipts under an id that no task has, while anything waits for a task. */
const WAITED_FOR = 1
/** How many batches that have ended long ago are forgotten with each one that is made. */
const MOST_FORGOTTEN = 10

/** The names of the keys, by that of the tasks. */
export const TIED: string = /* lua */ `
local function tied(tasks, name)
  return string.sub(tasks, 1, -6) .. name
end
`

/** Makes what parks tasks and ends what they wait for: only where there is any, since each function takes its time. Needs `TIED`. */
export const TIES: string = /* lua */ `
local function ties(tasks)
${JOIN}${UNDER}${WATCH}${GO}${MARK_OF}
local edges, parked, batches, over = tied(tasks, 'edges'), tied(tasks, 'parked'), tied(tasks, 'batches'), tied(tasks, 'over')
local opened = tied(tasks, 'opened')
local delayed, waiting, running = tied(tasks, 'delayed'), tied(tasks, 'waiting'), tied(tasks, 'running')
local receipts, dead = tied(tasks, 'receipts'), tied(tasks, 'dead')
local joined, known, seen, isReleased = {}, {}, {}, false

local function edgeFrom(id)
  return string.char(math.floor(#id / 256), #id % 256) .. id
end

local function parkedAs(id)
  local how, due, rest = string.match(redis.call('HGET', parked, id) or '', '^(.)(%d+);(.*)$')
  return how, tonumber(due), rest
end

-- It waits for nothing any more.
local function unpark(id)
  local how, _, rest = parkedAs(id)
  if not how then return end
  redis.call('HDEL', parked, id)
  if how ~= 'b' then
    for _, other in ipairs(idsIn(rest)) do redis.call('ZREM', edges, edgeFrom(other) .. id) end
  end
end

-- It joins the line with what is due next, or waits for its delay.
local function release(id, due)
  redis.call('ZADD', delayed, join(delayed, string.format('%d', math.max(due, now)), joined), id)
  isReleased = true
end

local function putAway(id, how, due, rest)
  local last = tonumber(redis.call('ZREVRANGE', delayed, 0, 0, 'WITHSCORES')[2] or 0)
  redis.call('ZADD', delayed, string.format('%.0f', math.max(last + 1, ${PARKED})), id)
  redis.call('HSET', parked, id, how .. string.format('%d', due) .. ';' .. rest)
end

-- Parks a task that was put in line, or among the delayed, unless all that it is to wait for has ended.
local function park(id, how, others)
  local left, isThere = {}, {}
  for _, other in ipairs(others) do
    if other ~= id and not isThere[other] and redis.call('HEXISTS', tasks, other) == 1 and not redis.call('ZSCORE', dead, other) then
      isThere[other] = true
      left[#left + 1] = other
      redis.call('ZADD', edges, 0, edgeFrom(other) .. id)
    end
  end
  if #left == 0 then return end
  local score = tonumber(redis.call('ZSCORE', delayed, id))
  if not score then
    redis.call('LREM', waiting, -1, id)
  elseif score < 0 then
    redis.call('HSET', receipts, id, string.format(':.%d', markOf(score) * ${MARK}))
  end
  putAway(id, how, math.max(0, math.floor(score or 0)), textOf(left))
end

local function batchOf(id)
  if known[id] == nil then
    local row = redis.call('HGET', batches, id)
    known[id] = row and cmsgpack.unpack(row)
    seen[#seen + 1] = id
  end
  return known[id]
end

local function add(id, batch)
  known[id], seen[#seen + 1] = batch, id
end

local function isOpen(id)
  local batch = batchOf(id)
  return batch and batch[6] == 0 and batch[7] == 0
end

local function enroll(id, batchId)
  local batch = batchOf(batchId)
  batch[1], batch[4] = batch[1] + 1, batch[4] + 1
  redis.call('ZADD', edges, 0, edgeFrom(id) .. '*' .. batchId)
end

-- What is to be written of batches is written once for all that has ended.
local function keep()
  for _, id in ipairs(seen) do
    if known[id] then redis.call('HSET', batches, id, cmsgpack.pack(known[id])) end
  end
  -- By this an ack knows whether anything waits for what it settles, with the look that it takes anyway.
  if redis.call('EXISTS', edges, parked) == 0 then
    redis.call('HDEL', receipts, '')
  else
    redis.call('HSET', receipts, '', '${WAITED_FOR}')
  end
  if isReleased then watch(waiting, delayed, running, tied(tasks, 'idle'), now) end
end

local function endBatch(id, batch, ended)
  batch[7] = now
  local isSuccess = batch[3] == 0 and batch[6] == 0
  for place, callback in ipairs({ batch[8], batch[9], batch[10] }) do
    local how, due = parkedAs(callback)
    if how == 'b' then
      redis.call('HDEL', parked, callback)
      if place == 3 or (place == 1) == isSuccess then
        release(callback, due)
      else
        redis.call('HDEL', tasks, callback)
        redis.call('ZREM', delayed, callback)
        redis.call('HDEL', receipts, callback)
        go(tied(tasks, 'gone'), { callback }, now)
        ended[#ended + 1] = { callback, false }
      end
    end
  end
  redis.call('ZREM', opened, id)
  redis.call('ZADD', over, now, id)
  ended[#ended + 1] = { '*' .. id, isSuccess }
  if redis.call('ZCARD', over) == redis.call('HLEN', batches) then
    for _, key in ipairs({ over, batches }) do redis.call('PEXPIRE', key, ${2000 * BATCH_KEPT}) end
  end
end

local function endIfOver(id, ended)
  local batch = batchOf(id)
  if batch and batch[5] == 1 and batch[4] == 0 and batch[7] == 0 then endBatch(id, batch, ended) end
end

local function waitNoLonger(id, other, isSuccess)
  local how, due, rest = parkedAs(id)
  if how ~= 'a' and how ~= 's' then return end
  local left = {}
  for _, one in ipairs(idsIn(rest)) do
    if one ~= other then left[#left + 1] = one end
  end
  local isInVain = how == 's' and not isSuccess
  if #left > 0 and not isInVain then
    redis.call('HSET', parked, id, how .. string.format('%d', due) .. ';' .. textOf(left))
    return
  end
  for _, one in ipairs(left) do redis.call('ZREM', edges, edgeFrom(one) .. id) end
  redis.call('HDEL', parked, id)
  release(id, isInVain and 0 or due)
end

-- Tasks have succeeded, or will not: they are dead, or off their queue.
local function finish(ended)
  local at = 1
  while ended[at] do
    local id, isSuccess = ended[at][1], ended[at][2]
    at = at + 1
    if not isSuccess then unpark(id) end
    local from = edgeFrom(id)
    for _, edge in ipairs(redis.call('ZRANGEBYLEX', edges, '[' .. from, '(' .. from .. string.char(255))) do
      redis.call('ZREM', edges, edge)
      local waits = string.sub(edge, #from + 1)
      if string.byte(waits) ~= 42 then
        waitNoLonger(waits, id, isSuccess)
      else
        local batchId = string.sub(waits, 2)
        local batch = batchOf(batchId)
        if batch then
          local which = isSuccess and 2 or 3
          batch[which], batch[4] = batch[which] + 1, batch[4] - 1
          endIfOver(batchId, ended)
        end
      end
    end
  end
  keep()
end

return {
  park = park, unpark = unpark, putAway = putAway, batchOf = batchOf, isOpen = isOpen, enroll = enroll, keep = keep,
  endIfOver = endIfOver, finish = finish, add = add,
}
end
`

/** Tasks have succeeded, or will not: they are dead, or off their queue. Needs `TIED` and `TIES`. */
export const FINISH: string = /* lua */ `
local function finishAll(tasks, ids, isSuccess)
  if redis.call('EXISTS', tied(tasks, 'edges'), tied(tasks, 'parked')) == 0 then return end
  local ended = {}
  for n, id in ipairs(ids) do ended[n] = { id, isSuccess } end
  ties(tasks).finish(ended)
end
`

/** Of a push: finds the first item whose batch takes no more members. */
export const FIND_OVER: string = /* lua */ `${TIED}${TIES}
local given, tier, lateItem = cjson.decode(tiesText), ties(tasks), nil
for _, tie in ipairs(given) do
  if tie[2] ~= '' and not tier.isOpen(tie[2]) then
    lateItem = tie[1]
    break
  end
end
`

/**
 * Makes a batch, and parks its callbacks.
 *
 * `parent`: the batch that it is a member of, or empty. Reply: 1, or 0 when that takes no more members
 */
export const OPEN_BATCH = {
  keys: ['tasks', 'receipts', 'gone', 'batches', 'opened', 'over'],
  args: ['batch', 'parent', 'sent'],
  rest: 'for each callback: for which end, from 1; id, due in Unix milliseconds or 0, behind a semicolon its mark, payload',
  lua: /* lua */ `${CLOCK}${DUE}${TIED}${TIES}
if redis.call('HEXISTS', batches, batch) == 1 then return 1 end
local tier = ties(tasks)
if parent ~= '' and not tier.isOpen(parent) then return 0 end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', over, '-inf', now - ${1000 * BATCH_KEPT}, 'LIMIT', 0, ${MOST_FORGOTTEN})) do
  redis.call('HDEL', batches, old)
  redis.call('ZREM', over, old)
end
local row = { 0, 0, 0, 0, 0, 0, 0, '', '', '' }
for at = rest, #ARGV, 4 do
  local id, due, data = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  ${READ_MARK}
  if redis.call('HSETNX', tasks, id, data) == 1 then
    row[7 + tonumber(ARGV[at])] = id
    if mark then redis.call('HSET', receipts, id, string.format(':.%d', mark * ${MARK})) end
    tier.putAway(id, 'b', tonumber(dueAt(due, sent)), batch)
    redis.call('ZREM', gone, id)
  end
end
tier.add(batch, row)
redis.call('ZADD', opened, now, batch)
if parent ~= '' then tier.enroll('*' .. batch, parent) end
tier.keep()
redis.call('PERSIST', batches)
redis.call('PERSIST', over)
return 1
` as string,
} as const

/**
 * Says that a batch is full, or canceled.
 *
 * Reply: 1, or 0 when there is none, or it is over
 */
export const CLOSE_BATCH = {
  keys: ['tasks'],
  args: ['batch', 'isCanceled', 'again'],
  lua: /* lua */ `${CLOCK}${TIED}${TIES}
local tier = ties(tasks)
local row = tier.batchOf(batch)
if not row or row[7] ~= 0 then return again == '1' and row and 1 or 0 end
row[5] = 1
if isCanceled == '1' then row[6] = 1 end
local ended = {}
tier.endIfOver(batch, ended)
tier.finish(ended)
return 1
` as string,
} as const

/**
 * Tells how far a batch is.
 *
 * Reply: total, succeeded, failed, pending, whether it is full, whether it is canceled, the Unix milliseconds of its end or 0; or nothing
 */
export const FIND_BATCH = {
  keys: ['batches'],
  args: ['batch'],
  lua: /* lua */ `
local row = redis.call('HGET', batches, batch)
if not row then return {} end
local told = {}
for n, number in ipairs(cmsgpack.unpack(row)) do
  if n <= 7 then told[n] = number end
end
return told
` as string,
} as const

/**
 * Lists batches, the last one first. A page begins behind the last one of the page before; where that is no longer there, at those of its
 * time.
 *
 * `which`: `open` or `ended`; `score`, `id`: of the last one of the page before, or empty; `most`: how many to give. Reply: for each its
 * id and score, and what `FIND_BATCH` tells
 */
export const LIST_BATCHES = {
  keys: ['batches', 'opened', 'over'],
  args: ['which', 'score', 'id', 'most'],
  lua: /* lua */ `
local key, from = which == 'open' and opened or over, 0
if id ~= '' then
  local at = tonumber(redis.call('ZSCORE', key, id)) == tonumber(score) and redis.call('ZREVRANK', key, id)
  from = at and at + 1 or redis.call('ZCOUNT', key, '(' .. score, '+inf')
end
local found = redis.call('ZREVRANGE', key, from, from + most - 1, 'WITHSCORES')
local told = {}
for n = 1, #found, 2 do
  local row = redis.call('HGET', batches, found[n])
  if row then
    local line = { found[n], found[n + 1] }
    for place, number in ipairs(cmsgpack.unpack(row)) do
      if place <= 7 then line[place + 2] = number end
    end
    told[#told + 1] = line
  end
end
return told
` as string,
} as const

/** Tells what parked tasks wait for: for each id what `parked` has of it, or nothing. */
export const WAITS_FOR = {
  keys: ['parked'],
  args: [],
  rest: 'ids',
  lua: /* lua */ `
return redis.call('HMGET', parked, unpack(ARGV, rest))
` as string,
} as const
