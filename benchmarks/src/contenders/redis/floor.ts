import { Redis } from 'ioredis'
import type { Contender } from '../../contender.js'

/** What is different about two floors. */
interface Floor {
  /** Lua: puts ARGV on the queue. */
  readonly push: string
  /** Lua: removes what is finished and reserves a batch. */
  readonly next: string
  readonly pack: (id: string, sentAt: number) => string[]
  readonly unpack: (reply: string[]) => { receipts: string[]; payloads: string[] }
}

interface Scripts {
  floorPush(...args: string[]): Promise<null>
  floorNext(...args: (string | number)[]): Promise<string[]>
}

const LEASE = 30_000

/** The least that Redis allows: the bare driver; one call a batch, which acknowledges the batch before it. */
export function drainInBatches(url: string, { push, next, pack, unpack }: Floor): Contender {
  const redis = new Redis(url)
  redis.defineCommand('floorPush', { lua: push, numberOfKeys: 0 })
  redis.defineCommand('floorNext', { lua: next, numberOfKeys: 0 })
  const scripts = redis as Redis & Scripts
  let last = Date.now() * 1000
  // As long as the ids of Alligator are.
  const newId = () => String((last += 1)).padStart(36, '0')
  return {
    enqueue: (sentAt) => scripts.floorPush(...pack(newId(), sentAt)),
    enqueueMany: (sentAts) => scripts.floorPush(...sentAts.flatMap((sentAt) => pack(newId(), sentAt))),
    async work(concurrency, onTask) {
      const waiting = redis.duplicate()
      let stopped = false
      const loop = async () => {
        let { receipts, payloads } = unpack([])
        while (!stopped || receipts.length > 0) {
          const limit = stopped ? 0 : concurrency
          const reply = await scripts.floorNext(Date.now() + LEASE, limit, ...receipts)
          ;({ receipts, payloads } = unpack(reply))
          for (const payload of payloads) onTask(Number.parseFloat(payload))
          // From the head to the head: nothing moves, but it waits until there is something.
          if (payloads.length === 0 && !stopped)
            await waiting.blmove('floor:ready', 'floor:ready', 'LEFT', 'LEFT', 2).catch(() => undefined)
        }
      }
      const ended = loop()
      return async () => {
        stopped = true
        waiting.disconnect()
        await ended
      }
    },
    close: async () => redis.disconnect(),
  }
}
