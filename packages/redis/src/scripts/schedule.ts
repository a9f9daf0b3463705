import { CLOCK } from './parts.js'
import { PUSH_LEVELS } from './push.js'

/** The end of the name of the channel on which everyone who waits hears of the queues on which schedules are put. */
export const SCHEDULE_NEWS = 'schedule'

/**
 * What is kept of a schedule beside its payload: the length of its version, the version and the state. And a row of a reply: id,
 * payload, version, state, and the Unix millisecond of its next tick or nothing.
 */
const SPLIT = /* lua */ `
local function split(kept)
  local colon = string.find(kept, ':', 1, true)
  local last = colon + tonumber(string.sub(kept, 1, colon - 1))
  return string.sub(kept, colon + 1, last), string.sub(kept, last + 1)
end
`

const MOVE = /* lua */ `${SPLIT}
local function versionOf(id)
  local kept = redis.call('HGET', states, id)
  return kept and split(kept) or ''
end

local function move(id, version, state, tick)
  redis.call('HSET', states, id, #version .. ':' .. version .. state)
  if tick == '' then redis.call('ZREM', ticks, id) else redis.call('ZADD', ticks, tick, id) end
end
`

const READ = /* lua */ `${SPLIT}
local function addRows(reply, ids)
  for _, id in ipairs(ids) do
    local kept, data = redis.call('HGET', states, id), redis.call('HGET', schedules, id)
    if kept and data then
      local version, state = split(kept)
      reply[#reply + 1] = { id, data, version, state, redis.call('ZSCORE', ticks, id) }
    end
  end
  return reply
end
`

/**
 * The schedules of a queue, all of them or those named.
 *
 * Reply: the Unix milliseconds of the server, and a row for each
 */
export const LIST_SCHEDULES = {
  keys: ['schedules', 'ticks', 'states'],
  args: ['all'],
  rest: 'ids',
  lua: /* lua */ `${CLOCK}${READ}
return addRows({ now }, all == '1' and redis.call('HKEYS', schedules) or { unpack(ARGV, rest) })
` as string,
} as const

/**
 * Keeps a schedule in the place of the version `former`, which is empty where there is none, and tells everyone.
 *
 * Reply: whether that was there
 */
export const PUT_SCHEDULE = {
  keys: ['schedules', 'ticks', 'states'],
  args: ['id', 'former', 'version', 'tick', 'state', 'data', 'channel', 'queue', 'again'],
  lua: /* lua */ `${MOVE}
local there = versionOf(id)
if again == '1' and there == version then return 1 end
if there ~= former then return 0 end
redis.call('HSET', schedules, id, data)
move(id, version, state, tick)
redis.call('PUBLISH', channel, queue)
return 1
` as string,
} as const

/** Removes a schedule, if it is there. */
export const REMOVE_SCHEDULE = {
  keys: ['schedules', 'ticks', 'states'],
  args: ['id'],
  lua: /* lua */ `
redis.call('ZREM', ticks, id)
redis.call('HDEL', states, id)
redis.call('HDEL', schedules, id)
` as string,
} as const

/**
 * The schedules of a queue that are due.
 *
 * Reply: the Unix milliseconds of the server, those of the first tick after that or nothing, and a row for each
 */
export const DUE_SCHEDULES = {
  keys: ['schedules', 'ticks', 'states'],
  args: ['most'],
  lua: /* lua */ `${CLOCK}${READ}
local clock = string.format('%d', now)
local later = redis.call('ZRANGEBYSCORE', ticks, '(' .. clock, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
return addRows({ now, later or '' }, redis.call('ZRANGEBYSCORE', ticks, '-inf', clock, 'LIMIT', 0, most))
` as string,
} as const

/** Reply: the milliseconds until the first tick of a queue, or nothing */
export const NEXT_TICK = {
  keys: ['ticks'],
  args: [],
  lua: /* lua */ `
local tick = redis.call('ZRANGE', ticks, 0, 0, 'WITHSCORES')[2]
if not tick then return false end
${CLOCK}
return math.max(0, tick - now)
` as string,
} as const

/**
 * Moves a schedule on and pushes its tasks, as `PUSH` does: what could go wrong goes wrong before anything is written, and each task
 * is a batch by itself, so that one which is there already keeps no other from being written. A tick that was held leaves a version
 * of its own, by which a repeated one knows itself.
 *
 * `unless`: the id of a task, or nothing; `heldState`, `heldTick`: what comes of it if the queue holds that. Reply: `ticked`, `held` or `other`
 */
export const TICK = {
  keys: [
    'ticks',
    'states',
    'dead',
    'tasks',
    'waiting',
    'delayed',
    'running',
    'receipts',
    'gone',
    'idle',
    'pushed',
  ],
  args: [
    'schedule',
    'former',
    'version',
    'tick',
    'state',
    'unless',
    'heldState',
    'heldTick',
    'again',
    'call',
    'unanswered',
    'patience',
    'sent',
  ],
  rest: 'the tasks, as `PUSH` takes them',
  lua: /* lua */ `${MOVE}
local there = versionOf(schedule)
if again == '1' and there == version then return 'ticked' end
if again == '1' and there == version .. '-' then return 'held' end
if there ~= former then return 'other' end
if unless ~= '' and redis.call('HEXISTS', tasks, unless) == 1 and not redis.call('ZSCORE', dead, unless) then
  move(schedule, version .. '-', heldState, heldTick)
  return 'held'
end
local function push()
${PUSH_LEVELS.lua}
end
if ARGV[rest] then push() end
move(schedule, version, state, tick)
return 'ticked'
` as string,
} as const
