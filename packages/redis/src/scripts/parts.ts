import { MOST_REMOVED } from '@alligator/core/backend'

// What several scripts share. The Lua lives in TypeScript, so that both formats of the package, bundlers and test
// runners find it without a build step or a file to read.

/** Milliseconds of the server's clock, rounded down: what is due then is due. */
export const CLOCK: string = /* lua */ `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** The same as text, because Redis takes long to write a number. */
export const CLOCK_TEXT: string = /* lua */ `
local clock = string.format('%d', now)
`

/**
 * When something is due, by the server's clock. A client whose clock is behind means a later time than it says: a delay
 * that it reckons from its own clock would be over too early. What a message takes on its way is no such difference.
 */
export const DUE: string = /* lua */ `
local function dueAt(due, sent)
  local behind = now - tonumber(sent)
  if due == '0' or behind < 1000 then return due end
  return string.format('%d', due + behind)
end
`

/**
 * The score under which a task joins the delayed ones, behind those that are due in the same millisecond: in steps of the
 * smallest fraction that a double has room for beside it, 4096 of them; more go into the next one. `joined` has the last
 * score of each millisecond that was given out and is yet to be written. What has a score below the next millisecond is due.
 */
export const JOIN: string = /* lua */ `
local function join(delayed, due, joined)
  local ms = tonumber(due)
  local last = joined[ms]
  if not last then
    local range = { string.format('(%d', ms + 1), string.format('%d', ms) }
    last = tonumber(redis.call('ZREVRANGEBYSCORE', delayed, range[1], range[2], 'WITHSCORES', 'LIMIT', 0, 1)[2])
  end
  while last and last + 1 / 4096 >= ms + 1 do
    joined[ms], ms = last, ms + 1
    last = joined[ms]
  end
  joined[ms] = last and last + 1 / 4096 or ms
  return string.format('%.12f', joined[ms])
end
`

/**
 * Sees to it that somebody who waits on the queue looks at it no later than an event. `idle` holds the names of those who
 * wait, with the time at which each will look by itself; whoever is woken leaves it. A name is a channel and the number of
 * a wait. One whose time is over, or whose channel has no subscriber, is gone: then it is the turn of the next. A pause stands
 * before all of them, with its end below zero. (On a cluster only this node's subscribers are counted, so that rather too many are woken.)
 */
export const WAKE: string = /* lua */ `
local function wake(idle, event, now)
  local first = redis.call('ZRANGE', idle, 0, 0, 'WITHSCORES')
  while first[1] do
    local name, look = first[1], tonumber(first[2])
    -- A queue that is paused has nothing for anybody.
    if look < 0 and -look > now or look >= now and look <= event then return end
    redis.call('ZREM', idle, name)
    local slash = string.find(name, '/[^/]*$')
    if look >= now and slash and redis.call('PUBLISH', string.sub(name, 1, slash - 1), string.sub(name, slash + 1)) > 0 then
      return
    end
    first = redis.call('ZRANGE', idle, 0, 0, 'WITHSCORES')
  end
end
`

/** Wakes somebody in time for the next event of the queue: at once when something is due, else when a delay or lease ends. */
export const WATCH: string = /* lua */ `${WAKE}
local function nextEvent(waiting, delayed, running, now)
  if redis.call('LLEN', waiting) > 0 then return now end
  local due = math.floor(tonumber(redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]) or math.huge)
  local lapse = tonumber(redis.call('ZRANGE', running, 0, 0, 'WITHSCORES')[2]) or math.huge
  return math.max(now, math.min(due, lapse))
end

local function watch(waiting, delayed, running, idle, now)
  if redis.call('ZCARD', idle) > 0 then wake(idle, nextEvent(waiting, delayed, running, now), now) end
end
`

/** What stands among those who wait while a queue is paused, and its score where nobody knows the end. */
export const PAUSE = 'paused'
const ENDLESS = Number.MAX_SAFE_INTEGER

/** When the pause of a queue ends, by those who wait on it; nothing when there is none. */
export const PAUSED: string = /* lua */ `
local function pausedUntil(idle)
  local ends = redis.call('ZSCORE', idle, '${PAUSE}')
  ends = ends and -tonumber(ends)
  return ends and ends > now and ends
end
`

/** The score of a pause of so many milliseconds, or without end. */
export const PAUSE_SCORE: string = /* lua */ `
local function pauseScore(length, now)
  return length == '' and '-${ENDLESS}' or string.format('-%d', now + tonumber(length))
end
`

/** Milliseconds for which the ids are kept that left a queue without success, from the last one on. */
const GONE_FOR = 30 * 86_400_000

/** What stands before a payload: the key that its task has, when that was enqueued, and its note. */
export const HEAD: string = /* lua */ `
local function startOfNote(data)
  local first = string.byte(data) == 252 and 24 or 1
  return string.byte(data, first) == 253 and first + 7 or first
end

local function headOf(data)
  local first = startOfNote(data)
  if string.byte(data, first) == 251 then
    local a, b, c, d = string.byte(data, first + 1, first + 4)
    first = first + 5 + ((a * 256 + b) * 256 + c) * 256 + d
  end
  return string.sub(data, 1, first - 1)
end
`

/** Whether two payloads are alike but for that. */
export const ALIKE: string = /* lua */ `${HEAD}
local function alike(one, other)
  return one == other or string.sub(one, #headOf(one) + 1) == string.sub(other, #headOf(other) + 1)
end
`

/**
 * The ids of the tasks that have a key, the last one last: as one text, each after its length. What cannot be written for want of
 * memory, as one of several goes, names one that is gone, which does no harm.
 */
export const UNDER: string = /* lua */ `
local function idsIn(text)
  local ids, at = {}, 1
  while at < #text do
    local length = 256 * string.byte(text, at) + string.byte(text, at + 1)
    ids[#ids + 1] = string.sub(text, at + 2, at + 1 + length)
    at = at + 2 + length
  end
  return ids
end

local function textOf(ids)
  local text = ''
  for _, id in ipairs(ids) do text = text .. string.char(math.floor(#id / 256), #id % 256) .. id end
  return text
end
`

/** Of tasks that are about to go, those that have a key have it no longer. What is left out of it is free all the same. */
export const FREE: string = /* lua */ `${UNDER}
local function free(tasks, unique, ids)
  for n, data in ipairs(redis.call('HMGET', tasks, unpack(ids))) do
    if data and string.byte(data) == 252 then
      local key, left = string.sub(data, 2, 17), {}
      for _, id in ipairs(idsIn(redis.call('HGET', unique, key) or '')) do
        if id ~= ids[n] then left[#left + 1] = id end
      end
      if #left == 0 then
        redis.call('HDEL', unique, key)
      else
        redis.pcall('HSET', unique, key, textOf(left))
      end
    end
  end
end
`

/**
 * Writes down that tasks left the queue without success, for those that depend on them: the last ones, so that their number is
 * bounded. What went before has changed the queue already, and an error must not hide that.
 */
export const GO: string = /* lua */ `
local function go(gone, ids, now)
  local added = { 'ZADD', gone }
  for _, id in ipairs(ids) do added[#added + 1], added[#added + 2] = now, id end
  redis.pcall(unpack(added))
  redis.pcall('ZREMRANGEBYRANK', gone, 0, -${MOST_REMOVED + 1})
  redis.pcall('PEXPIRE', gone, ${GONE_FOR})
end
`

/** Drops dead letters that are too many or too old, some at a time, so that no single call takes long. */
export const TRIM: string = /* lua */ `${GO}${FREE}
local function forget(tasks, dead, reasons, receipts, gone, unique, ids, now)
  if #ids == 0 then return end
  redis.call('HDEL', receipts, unpack(ids))
  if redis.call('EXISTS', unique) == 1 then free(tasks, unique, ids) end
  redis.call('ZREM', dead, unpack(ids))
  redis.call('HDEL', reasons, unpack(ids))
  redis.call('HDEL', tasks, unpack(ids))
  go(gone, ids, now)
end

local function trim(tasks, dead, reasons, receipts, gone, unique, most, oldest, now)
  local over = redis.call('ZCARD', dead) - most
  if over > 0 then forget(tasks, dead, reasons, receipts, gone, unique, redis.call('ZRANGE', dead, 0, math.min(over, 1000) - 1), now) end
  forget(tasks, dead, reasons, receipts, gone, unique, redis.call('ZRANGEBYSCORE', dead, '-inf', '(' .. string.format('%.0f', oldest), 'LIMIT', 0, 1000), now)
end
`
