import { KEEP_END, KEEP_REMOVED, REMOVED_BEFORE } from '../repeats.js'
import { CLOCK, FREE, GO } from './parts.js'
import { FINISH, TIED, TIES } from './ties.js'

/** What the holder of a task hears on its channel when somebody takes it away. */
export const CANCEL_NEWS = 'cancel'

/**
 * Takes one task off for good. One that waits is searched for along its queue. Whoever was given it last is told, on the
 * channel of its client, the name of which its receipt begins with.
 *
 * `mayRun`: 1 if it may be taken while it runs; `channels`: what channels begin with. Reply: payload and whether it was
 * running, or nothing
 */
export const REMOVE = {
  keys: [
    'tasks',
    'waiting',
    'delayed',
    'running',
    'receipts',
    'dead',
    'reasons',
    'gone',
    'unique',
    'ended',
    'answer',
  ],
  args: ['id', 'mayRun', 'again', 'patience', 'channels'],
  lua: /* lua */ `${CLOCK}${FREE}${GO}${KEEP_END}${KEEP_REMOVED}${REMOVED_BEFORE}${TIED}${TIES}${FINISH}
local before = again == '1' and removedBefore(answer)
if before then return before end
local data = redis.call('HGET', tasks, id)
local ends = redis.call('ZSCORE', running, id)
local runs = ends and tonumber(ends) > now and 1 or 0
if not data or runs == 1 and mayRun ~= '1' then return {} end
free(tasks, unique, { id })
redis.call('HDEL', tasks, id)
if redis.call('ZREM', running, id) == 0 and redis.call('ZREM', delayed, id) == 0 and redis.call('ZREM', dead, id) == 0 then
  redis.call('LREM', waiting, 1, id)
end
redis.call('HDEL', reasons, id)
keepRemoved(answer, data, runs, patience)
go(gone, { id }, now)
finishAll(tasks, { id }, false)
local receipt = redis.call('HGET', receipts, id)
if receipt then
  redis.call('HDEL', receipts, id)
  keepEnd(ended, 'remove', receipt, id, patience)
  redis.call('PUBLISH', channels .. string.match(receipt, '^[^:]*'), '${CANCEL_NEWS}')
end
return { data, runs }
` as string,
} as const
