import { TALLY_SPANS } from '@alligator/core/backend'
import { CLOCK } from './parts.js'

const { minutes, hours } = TALLY_SPANS
/** Milliseconds for which a queue is among those of which anything was counted of late, and for which its figures are kept. */
const LIVES = { index: 1000 * minutes.length * minutes.most, figures: 1000 * hours.length * (hours.most + 1) }

/**
 * Adds to what was counted of a queue within this minute and this hour. Each has a field in a ring of them, so that nothing need be
 * removed: what stands there from the round before is written over.
 */
export const ADD_TALLY = {
  keys: ['tally', 'index', 'answer'],
  args: ['queue', 'again', 'patience'],
  rest: 'the numbers',
  lua: /* lua */ `${CLOCK}
if again == '1' and redis.call('EXISTS', answer) == 1 then return 1 end
local function add(length, most)
  local span = math.floor(now / 1000 / length)
  local field = string.format('%d:%d', length, span % most)
  local sums, at = {}, 0
  for word in string.gmatch(redis.call('HGET', tally, field) or '', '%S+') do
    sums[at], at = tonumber(word), at + 1
  end
  if sums[0] ~= span then sums = {} end
  local words = { string.format('%d', span) }
  for n = rest, #ARGV do
    words[#words + 1] = string.format('%.15g', ARGV[n] + (sums[n - rest + 1] or 0))
  end
  redis.call('HSET', tally, field, table.concat(words, ' '))
end
add(${minutes.length}, ${minutes.most})
add(${hours.length}, ${hours.most})
redis.call('PEXPIRE', tally, ${LIVES.figures})
redis.call('ZADD', index, now, queue)
redis.call('ZREMRANGEBYSCORE', index, '-inf', now - ${LIVES.index})
redis.call('PEXPIRE', index, ${LIVES.index})
redis.call('SET', answer, '', 'PX', patience)
return 1
` as string,
} as const

/** The queues of which anything was counted within the last hour. */
export const TALLIED_QUEUES = {
  keys: ['index'],
  args: [],
  lua: /* lua */ `${CLOCK}
return redis.call('ZRANGEBYSCORE', index, '(' .. string.format('%d', now - ${LIVES.index}), '+inf')
` as string,
} as const

/**
 * What was counted of a queue.
 *
 * Reply: now, then fields and their values
 */
export const READ_TALLIES = {
  keys: ['tally'],
  args: [],
  lua: /* lua */ `${CLOCK}
return { now, unpack(redis.call('HGETALL', tally)) }
` as string,
} as const
