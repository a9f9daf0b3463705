import { BEGIN_PLACE, END_PLACE } from '../repeats.js'
import { AT_TAIL, BAND_OF, MARK, MARK_OF, READ_MARK } from './levels.js'
import { ALIKE, CLOCK, DUE, JOIN, UNDER, WAKE, WATCH } from './parts.js'
import { FIND_OVER, PARKED, TIED, TIES } from './ties.js'

/**
 * Writes tasks of which some have a key, each only where nothing stands in its way; or, if they are one call (`isWhole`), nothing
 * of it where one of them is refused. What a task has its key as stands before its payload: 252, 16 bytes of the key, and in 6
 * bytes the Unix milliseconds when it is due at the latest, or 0.
 *
 * `sent`: the Unix milliseconds of the client. Reply: for each task to which something else than usual has happened its place,
 * counted from 0, a mark, an id and the id of what runs, and a blank. The mark is `+` for one that was written, `=` for one in
 * whose way the other is, `!` for one that is refused because of its id, and `?` because of its key.
 *
 * How, of those that have a key: `s` or `f` for what is in its way, tasks that have not started or not finished; `k`, `r` or `t` for
 * what to do then, keep, replace or throw; milliseconds for which it takes its key; those to its latest due; the id of what it may
 * stand beside. Of the others it is empty.
 *
 * All of it is found out before anything is written, so that a key of another kind that is in the way, or a full memory, is met
 * by then. `byId` and `byKey` tell what will be there; the list in `byKey` is what is new.
 */
export const PLACE = {
  keys: [
    'tasks',
    'waiting',
    'delayed',
    'running',
    'receipts',
    'dead',
    'gone',
    'idle',
    'unique',
    'taken',
    'takers',
    'placed',
  ],
  args: ['call', 'unanswered', 'patience', 'sent', 'isWhole'],
  rest: 'for each task: id, due in Unix milliseconds or 0, behind a semicolon its mark, payload, and how it is to be kept apart from others, which is told above',
  lua: placeLua(
    '',
    /* lua */ `-- One task that is new in every respect, and may run at once, which is what most calls push.
if #ARGV == rest + 3 and ARGV[rest + 1] == '0' and string.sub(ARGV[rest + 3], 3, 6) == '0,0,' then
  local id, data = ARGV[rest], ARGV[rest + 2]
  local key = string.sub(data, 2, 17)
  if redis.call('HEXISTS', unique, key) == 0 and redis.call('EXISTS', taken) == 0 and redis.call('HSETNX', tasks, id, data) == 1 then
    local written = redis.pcall('RPUSH', waiting, id)
    if type(written) == 'table' then
      -- A key of another kind is in the way.
      redis.call('HDEL', tasks, id)
      return written
    end
    redis.call('HSET', unique, key, string.char(math.floor(#id / 256), #id % 256) .. id)
    if redis.call('EXISTS', idle, gone) > 0 then
      redis.pcall('ZREM', gone, id)
      ${WAKE}
      wake(idle, now, now)
    end
    return endPlace('')
  end
end`,
    '',
  ) as string,
} as const

/**
 * The same for one call some of whose tasks wait for others, or are members of a batch: `tiesText` is as that of `PUSH_TIED`. The mark
 * of one that is refused because its batch takes no more members is `~`.
 */
export const PLACE_TIED = {
  keys: PLACE.keys as typeof PLACE.keys,
  args: ['call', 'unanswered', 'patience', 'sent', 'isWhole', 'tiesText'],
  rest: PLACE.rest as typeof PLACE.rest,
  lua: placeLua(
    FIND_OVER,
    /* lua */ `if lateItem then return endPlace(string.format('%d~', lateItem) .. ':') end`,
    /* lua */ `for n = #given, 1, -1 do
  local place, batchId, how, others = unpack(given[n])
  local task = planned[place]
  if task and task.place == place then
    if batchId ~= '' and task.isNew then tier.enroll(task.id, batchId) end
    if how ~= '' then tier.park(task.id, how, others) end
  end
end
tier.keep()`,
  ) as string,
} as const

/** `functions`, `before` and `after`: what comes at first, before anything is looked at, and after all is written. */
function placeLua(functions: string, before: string, after: string): string {
  return /* lua */ `${CLOCK}${BEGIN_PLACE}${END_PLACE}${functions || TIED}
${before}
${DUE}${JOIN}${WATCH}${ALIKE}${UNDER}${BAND_OF}${MARK_OF}${AT_TAIL}
local fields, line, later, keyed, replaced, byId, byKey, told, planned = {}, {}, {}, {}, {}, {}, {}, {}, {}

-- What the queue has of these ids and keys.
local held, heldUnder = {}, {}
for first = rest, #ARGV, 4000 do
  local ids, keys = {}, {}
  for at = first, math.min(first + 3999, #ARGV), 4 do
    ids[#ids + 1] = ARGV[at]
    if ARGV[at + 3] ~= '' then keys[#keys + 1] = string.sub(ARGV[at + 2], 2, 17) end
  end
  for n, data in ipairs(redis.call('HMGET', tasks, unpack(ids))) do held[ids[n]] = data end
  if #keys > 0 then
    for n, text in ipairs(redis.call('HMGET', unique, unpack(keys))) do heldUnder[keys[n]] = text end
  end
end
local isTaken = redis.call('EXISTS', taken) == 1

local function tell(place, mark, id, runs)
  local function plain(text)
    return string.gsub(text, '[^%w_:-]', function (letter) return string.format('%%%02X', string.byte(letter)) end)
  end
  told[#told + 1] = place .. mark .. plain(id) .. (runs and '/' .. plain(runs) or '')
end

local function latestOf(data)
  local latest = 0
  for n = 18, 23 do latest = 256 * latest + string.byte(data, n) end
  return latest
end

local function withLatest(data, latest)
  if latest == 0 then return data end
  local bytes = ''
  for _ = 1, 6 do
    bytes, latest = string.char(latest % 256) .. bytes, math.floor(latest / 256)
  end
  return string.sub(data, 1, 17) .. bytes .. string.sub(data, 24)
end

-- A task's id as text.
local function nameOf(id)
  if string.byte(id) == 58 then return string.sub(id, 2) end
  local letters, digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', ''
  for n = 1, #id, 2 do
    local high = string.find(letters, string.sub(id, n, n), 1, true) - 1
    local low = string.find(letters, string.sub(id, n + 1, n + 1), 1, true) - 1
    digits = digits .. string.format('%03x', high * 64 + low)
  end
  return (string.gsub(digits, '^(........)(....)(....)(....)(............).*$', '%1-%2-%3-%4-%5'))
end

-- A payload with its task's own id in it, which is left out where it stands under that.
local function whole(data, id)
  local first = #headOf(data) + 1
  local at = (string.byte(data, first) or 0) < 254 and string.find(data, string.char(1), first, true)
  return at and string.sub(data, 1, at - 1) .. nameOf(id) .. string.sub(data, at + 1) or data
end

-- Of the tasks with a key: those that are there, the last one that waits, and the last one that runs, but for one.
local function look(key, besides)
  local there, waits, runs, blocks = {}
  for _, id in ipairs(idsIn(heldUnder[key] or '')) do
    if redis.call('HEXISTS', tasks, id) == 1 then
      there[#there + 1] = id
      local ends = redis.call('ZSCORE', running, id)
      if ends and tonumber(ends) > now then
        runs = id
        if id ~= besides then blocks = id end
      elseif not redis.call('ZSCORE', dead, id) then
        waits = id
      end
    end
  end
  return there, waits, runs, blocks
end

-- Who has taken a key for a time, unless that left without success, or is dead.
local function taker(key, besides)
  if not isTaken then return end
  local ends = redis.call('ZSCORE', taken, key)
  if not ends or tonumber(ends) <= now then return end
  local id = redis.call('HGET', takers, key)
  if id and id ~= besides and not redis.call('ZSCORE', gone, id) and not redis.call('ZSCORE', dead, id) then return id end
end

-- Whether a task is there, or will be, or is refused; nil when it is new.
local function known(id, data)
  local before = byId[id] or held[id]
  return before and (alike(before, data) and 'there' or 'refused')
end

local function dueBy(due, latest)
  if latest > 0 and (due == '0' or tonumber(due) > latest) then return due == '0' and due or string.format('%d', latest) end
  return due
end

local function plan(place, id, due, mark, data, how)
  local until_, conflict, length, most, besides = string.match(how, '^(.)(.)(%d+),(%d+),(.*)$')
  if not until_ then
    local is = known(id, data)
    if is == 'refused' then return tell(place, '!', id) end
    if not is then
      byId[id] = data
      byKey[#byKey + 1] = { id = id, due = due, mark = mark, data = data, isNew = true, place = place }
      planned[place] = byKey[#byKey]
    end
    return
  end
  local key = string.sub(data, 2, 17)
  local there, waits, runs, blocks = look(key, besides)
  local before = byKey[key]
  local other = before and before.id or waits or until_ == 'f' and blocks or taker(key, besides)
  if other and other ~= id then
    if conflict == 't' then return tell(place, '?', other) end
    tell(place, '=', other, runs)
    if conflict == 'r' and before then
      before.data, before.due, before.length = withLatest(whole(data, id), before.latest), dueBy(due, before.latest), tonumber(length)
      before.mark, before.place, planned[place] = mark, place, before
      byId[before.id] = before.data
    elseif conflict == 'r' and waits then
      local latest = latestOf(redis.call('HGET', tasks, waits))
      byKey[key] = { id = waits, due = dueBy(due, latest), data = withLatest(whole(data, id), latest), latest = latest, key = key,
        mark = mark, length = tonumber(length), place = place }
      planned[place] = byKey[key]
      replaced[#replaced + 1], byId[waits] = byKey[key], byKey[key].data
    end
    return
  end
  if runs then tell(place, '+', id, runs) end
  if other then return end
  local is = known(id, data)
  if is == 'refused' then return tell(place, '!', id) end
  if is then return end
  local latest = most == '0' and 0 or now + tonumber(most)
  there[#there + 1] = id
  byKey[key] = { id = id, due = dueBy(due, latest), data = withLatest(data, latest), latest = latest, key = key,
    mark = mark, length = tonumber(length), there = there, isNew = true, place = place }
  planned[place] = byKey[key]
  byKey[#byKey + 1], byId[id] = byKey[key], byKey[key].data
end

local isRefused = false
for at = rest, #ARGV, 4 do
  local due = ARGV[at + 1]
  ${READ_MARK}
  plan((at - rest) / 4, ARGV[at], dueAt(due, sent), mark, ARGV[at + 2], ARGV[at + 3])
  isRefused = isRefused or told[#told] and string.find(told[#told], '^%d+[!?]')
  if isRefused and isWhole == '1' then
    return endPlace(told[#told])
  end
end

-- Takes a task from where it waits, unless it may stay there. Whether it may.
local function staysInLine(id, isLater, mark)
  local score = tonumber(redis.call('ZSCORE', delayed, id))
  if score and score < 0 and not isLater and markOf(score) == mark then return true end
  if score then
    if score >= ${PARKED} then
${TIES}
      local tier = ties(tasks)
      tier.unpark(id)
      tier.keep()
    end
    redis.call('ZREM', delayed, id)
    redis.call('HDEL', receipts, id)
    return false
  end
  if redis.call('ZREM', running, id) == 1 then
    redis.call('HDEL', receipts, id)
    return false
  end
  local mustLeave = isLater or mark
  if mustLeave then redis.call('LREM', waiting, -1, id) end
  return not mustLeave
end

redis.call('LLEN', waiting)
redis.call('ZCARD', delayed)
local joined = {}

local function isLater(task)
  return task.due ~= '0' and tonumber(task.due) > now
end

local function keepMark(task)
  if task.mark then redis.call('HSET', receipts, task.id, string.format(':.%d', task.mark * ${MARK})) end
end

local raised = {}

for _, task in ipairs(byKey) do
  fields[#fields + 1], fields[#fields + 2] = task.id, task.data
  if isLater(task) then
    later[#later + 1], later[#later + 2] = join(delayed, task.due, joined), task.id
    keepMark(task)
  elseif task.mark then
    raised[#raised + 1] = task
  else
    line[#line + 1] = task.id
  end
  if task.there then keyed[#keyed + 1], keyed[#keyed + 2] = task.key, textOf(task.there) end
end

local function each(command, key, list)
  for first = 1, #list, 2000 do
    redis.call(command, key, unpack(list, first, math.min(first + 1999, #list)))
  end
end

each('HSET', tasks, fields)
each('RPUSH', waiting, line)
each('ZADD', delayed, later)
for _, task in ipairs(raised) do putAtTail(delayed, task.mark, { task.id }) end
each('HSET', unique, keyed)
for _, task in ipairs(replaced) do
  redis.call('HSET', tasks, task.id, task.data)
  local stays = staysInLine(task.id, isLater(task), task.mark)
  if isLater(task) then
    local score = join(delayed, task.due, joined)
    redis.call('ZADD', delayed, score, task.id)
    keepMark(task)
  elseif not stays and task.mark then
    putAtTail(delayed, task.mark, { task.id })
  elseif not stays then
    redis.call('RPUSH', waiting, task.id)
  end
  byKey[#byKey + 1] = task
end
if redis.call('EXISTS', gone) == 1 then
  for n = 1, #fields, 2 do redis.pcall('ZREM', gone, fields[n]) end
end
for _, task in ipairs(byKey) do
  if task.length and task.length > 0 then
    for _, key in ipairs(redis.call('ZRANGEBYSCORE', taken, '-inf', now, 'LIMIT', 0, 2)) do
      redis.call('ZREM', taken, key)
      redis.call('HDEL', takers, key)
    end
    redis.call('ZADD', taken, now + task.length, task.key)
    redis.call('HSET', takers, task.key, task.id)
    for _, key in ipairs({ taken, takers }) do
      if redis.call('PTTL', key) < task.length then redis.call('PEXPIRE', key, task.length + 1000) end
    end
  end
end
${after}
endPlace(table.concat(told, ' '))
watch(waiting, delayed, running, idle, now)
return table.concat(told, ' ')
`
}
