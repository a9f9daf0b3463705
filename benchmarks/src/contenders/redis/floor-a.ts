import { type Contender, floorPayload } from '../../contender.js'
import { drainInBatches } from './floor.js'

const PUSH = `
for i = 1, #ARGV, 2 do
  redis.call('HSET', 'floor:data', ARGV[i], ARGV[i + 1])
  redis.call('RPUSH', 'floor:ready', ARGV[i])
end`

/** ARGV: when the lease ends, how many to reserve, the ids that are finished. Gives ids and payloads in turn. */
const NEXT = `
for i = 3, #ARGV do
  redis.call('ZREM', 'floor:running', ARGV[i])
  redis.call('HDEL', 'floor:data', ARGV[i])
end
local limit = tonumber(ARGV[2])
local ids = limit > 0 and redis.call('LPOP', 'floor:ready', limit)
if not ids then return {} end
local taken = {}
for i, id in ipairs(ids) do
  redis.call('ZADD', 'floor:running', ARGV[1], id)
  taken[2 * i - 1] = id
  taken[2 * i] = redis.call('HGET', 'floor:data', id)
end
return taken`

/** Floor A: ids in a list, payloads in a hash; one script removes what is finished and reserves a batch. */
export function open(url: string): Contender {
  return drainInBatches(url, {
    push: PUSH,
    next: NEXT,
    pack: (id, sentAt) => [id, floorPayload(sentAt)],
    unpack: (reply) => ({
      receipts: reply.filter((_, index) => index % 2 === 0),
      payloads: reply.filter((_, index) => index % 2 === 1),
    }),
  })
}
