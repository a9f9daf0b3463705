import { CLOCK, KEEP_END } from './parts.js'
import { type Script, script } from './script.js'

/** What the holder of a task hears on its channel when somebody takes it away. */
export const CANCEL_NEWS = 'cancel'

/**
 * Takes one task off for good. One that waits is searched for along its queue. Whoever was given it last is told, on the
 * channel of its client, the name of which its receipt begins with.
 *
 * KEYS: tasks, waiting, delayed, running, receipts, dead, reasons, ended, and where the answer is kept for a repeated call
 * ARGV: id, \`1\` if it may be taken while it runs, \`1\` if this very call may have been carried out before, milliseconds
 *   in which it may be repeated, what channels begin with
 * Reply: payload and whether it was running, or nothing
 */
export const REMOVE: Script = script(`
${CLOCK}${KEEP_END}
local tasks, waiting, delayed, running, receipts, dead, reasons, ended, answer = unpack(KEYS)
local id = ARGV[1]
if ARGV[3] == '1' then
  local before = redis.call('GET', answer)
  if before then return { string.sub(before, 2), tonumber(string.sub(before, 1, 1)) } end
end
local data = redis.call('HGET', tasks, id)
local ends = redis.call('ZSCORE', running, id)
local runs = ends and tonumber(ends) > now and 1 or 0
if not data or runs == 1 and ARGV[2] ~= '1' then return {} end
redis.call('HDEL', tasks, id)
if redis.call('ZREM', running, id) == 0 and redis.call('ZREM', delayed, id) == 0 and redis.call('ZREM', dead, id) == 0 then
  redis.call('LREM', waiting, 1, id)
end
redis.call('HDEL', reasons, id)
redis.call('SET', answer, runs .. data, 'PX', ARGV[4])
local receipt = redis.call('HGET', receipts, id)
if receipt then
  redis.call('HDEL', receipts, id)
  keepEnd(ended, 'remove', receipt, id, ARGV[4])
  redis.call('PUBLISH', ARGV[5] .. string.match(receipt, '^[^:]*'), '${CANCEL_NEWS}')
end
return { data, runs }
`)
