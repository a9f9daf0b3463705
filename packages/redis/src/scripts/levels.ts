// Levels of tasks, in the keys that are there anyway, so that a queue on which all is usual pays nothing for them.
//
// A level has a *mark*: its place among the levels, from 1. The usual one has none.
//
// - What waits with a mark stands among the delayed, in a band of scores below zero for each mark: a delay that is over, for whoever
//   does not look closer. Within its band it goes to the tail, or back to the head.
// - What has a mark and does not wait there has it in the number at the end of its receipt, in millions, above the number of its
//   hand-outs. While nobody holds it, delayed or dead, that is a receipt which nobody has.

/** What one mark counts for in the number at the end of a receipt. */
export const MARK = 1_000_000
/** Scores of a band: so many that neither end is ever reached, so few that a double tells each of them. */
const BAND = 2 ** 50
/** Marks, and one more. */
const MARKS = 6
/** The place of the usual level among the marks. */
export const USUAL = 3

/** Between which scores the tasks of a mark wait. */
export const BAND_OF: string = /* lua */ `
local function bandOf(mark)
  local base = (mark - ${MARKS}) * ${BAND}
  return string.format('%.0f', base), string.format('(%.0f', base + ${BAND}), base + ${BAND / 2}
end
`

/** The mark of what waits with a score below zero. */
export const MARK_OF: string = /* lua */ `
local function markOf(score)
  return math.floor(score / ${BAND}) + ${MARKS}
end
`

/** The number at the end of a receipt, if there is one. */
export const NUMBER_IN: string = /* lua */ `
local function numberIn(receipt)
  return tonumber(receipt and string.match(receipt, '%d+$')) or 0
end
`

/** The mark in such a number; 0 for none. */
export const MARK_IN: string = /* lua */ `
local function markIn(number)
  return math.floor(number / ${MARK})
end
`

/** Puts tasks behind those of their mark. */
export const AT_TAIL: string = /* lua */ `
local function putAtTail(delayed, mark, ids)
  local from, to, middle = bandOf(mark)
  local last = redis.call('ZREVRANGEBYSCORE', delayed, to, from, 'WITHSCORES', 'LIMIT', 0, 1)[2] or middle
  for n, id in ipairs(ids) do redis.call('ZADD', delayed, string.format('%.0f', last + n), id) end
end
`

/** Puts a task before those of its mark. */
export const AT_HEAD: string = /* lua */ `
local function putAtHead(delayed, mark, id)
  local from, to, middle = bandOf(mark)
  local first = redis.call('ZRANGEBYSCORE', delayed, from, to, 'WITHSCORES', 'LIMIT', 0, 1)[2] or middle
  redis.call('ZADD', delayed, string.format('%.0f', first - 1), id)
end
`

/** The mark of an item, taken off its due time. */
export const READ_MARK: string = /* lua */ `local mark = tonumber(string.match(due, ';(%d)$'))
  if mark then due = string.sub(due, 1, -3) end`

/** Those with a mark do not join the line; the delayed ones are remembered with it. */
export const WRITE_MARKS: string = /* lua */ `redis.call('LLEN', waiting)
local usual, raised = {}, {}
for _, id in ipairs(line) do
  local mark = marks[id]
  local list = mark and (raised[mark] or {}) or usual
  if mark then raised[mark] = list end
  list[#list + 1] = id
end
line = usual
for mark = 1, 5 do
  if raised[mark] then putAtTail(delayed, mark, raised[mark]) end
end
for n = 2, #later, 2 do
  local mark = marks[later[n]]
  if mark then redis.call('HSET', receipts, later[n], string.format(':.%d', mark * ${MARK})) end
end`
