import { type Contender, floorPayload } from '../../contender.js'
import { drainInBatches } from './floor.js'

const PUSH = `redis.call('RPUSH', 'floor:ready', unpack(ARGV))`

/** ARGV: when the lease ends, how many to reserve, the payloads that are finished. */
const NEXT = `
for i = 3, #ARGV do redis.call('ZREM', 'floor:running', ARGV[i]) end
local limit = tonumber(ARGV[2])
local taken = limit > 0 and redis.call('LPOP', 'floor:ready', limit)
if not taken then return {} end
for _, data in ipairs(taken) do redis.call('ZADD', 'floor:running', ARGV[1], data) end
return taken`

/** Floor B: payloads in the list itself, so that no single task can be looked up or cancelled. */
export function open(url: string): Contender {
  return drainInBatches(url, {
    push: PUSH,
    next: NEXT,
    // Two tasks of the same text would be one member of the set of running ones.
    pack: (id, sentAt) => [floorPayload(sentAt) + id],
    unpack: (reply) => ({ receipts: reply, payloads: reply }),
  })
}
