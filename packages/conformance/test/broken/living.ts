import { type Capabilities, LocmemClient, type ReserveOptions, sleep } from '@alligator/core'
import type { Fault } from './fault.js'

const declaring = (change: Partial<Capabilities>) =>
  class extends LocmemClient {
    override readonly capabilities: Capabilities = {
      ...new LocmemClient('locmem://').capabilities,
      ...change,
    }
  }

const neverRefuses = (
  ['reserveById', 'remove', 'find', 'list', 'workers', 'deadLetters', 'waits', 'leases', 'customIds'] as const
).map((capability): Fault => ({
  fault: `says "${capability}: false" and does it all the same`,
  caughtBy: {
    reserveById: ['a task can be reserved by its id'],
    remove: ['remove takes a task that is not running'],
    find: ['find gives the state of what is held'],
    list: ['queues names those that hold anything, sorted'],
    workers: ['a worker that retires is known no longer'],
    deadLetters: ['kick can choose'],
    waits: ['a push wakes a reserve that waits'],
    leases: ['deliveries starts again when a task is put back'],
    customIds: ['an id is free again once its task is finished'],
  }[capability],
  client: declaring({ [capability]: false }),
}))

/** Faults of waiting, closing and declaring. */
export const livingFaults: readonly Fault[] = [
  {
    fault: 'sleeps through whatever becomes due',
    caughtBy: [
      'a push wakes a reserve that waits',
      'a release wakes a reserve that waits',
      'a kick wakes a reserve that waits',
      'a lease that lapses wakes a reserve that waits',
      'a delay that ends wakes a reserve that waits',
      'close ends every wait',
    ],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], { wait = 0, ...options }: ReserveOptions) {
        const taken = await super.reserve(queues, options)
        if (taken.length > 0) return taken
        await sleep(this.clock, wait, options.signal)
        return super.reserve(queues, options)
      }
    },
  },
  {
    fault: 'does not wait',
    caughtBy: ['a push wakes a reserve that waits', 'a wait ends without a task when its time is up'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], { wait: _, ...options }: ReserveOptions) {
        return super.reserve(queues, options)
      }
    },
  },
  {
    fault: 'waits for ever',
    caughtBy: ['a wait ends without a task when its time is up'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], { wait = 0, ...options }: ReserveOptions) {
        return super.reserve(queues, { ...options, wait: wait * 1000 })
      }
    },
  },
  {
    fault: 'waits on the first queue only',
    caughtBy: ['a push to any of the queues named wakes a reserve that waits'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], { wait = 0, ...options }: ReserveOptions) {
        const taken = await super.reserve(queues, options)
        return taken.length > 0 || wait === 0
          ? taken
          : super.reserve(queues.slice(0, 1), { ...options, wait })
      }
    },
  },
  {
    fault: 'waits for as many as the limit says',
    caughtBy: ['what is due already is not waited for'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        const { limit = 1, wait = 0 } = options
        const taken = await super.reserve(queues, options)
        if (wait > 0 && taken.length < limit) await sleep(this.clock, wait, options.signal)
        return taken
      }
    },
  },
  {
    fault: 'cannot be aborted',
    caughtBy: ['an aborted wait gives nothing and takes nothing'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], { signal: _, ...options }: ReserveOptions) {
        return super.reserve(queues, options)
      }
    },
  },
  {
    fault: 'goes on after it is closed',
    caughtBy: ['a closed client refuses every call', 'close ends every wait'],
    client: class extends LocmemClient {
      override async close() {}
    },
  },
  {
    fault: 'cannot be closed twice',
    caughtBy: ['close may be called again'],
    client: class extends LocmemClient {
      #closed = false
      override async close() {
        if (this.#closed) throw new Error('closed already')
        this.#closed = true
        await super.close()
      }
    },
  },
  {
    fault: 'takes its tasks with it when it closes',
    caughtBy: ['what was pushed outlives the client that pushed it'],
    client: class extends LocmemClient {
      override async close() {
        for (const queue of await this.queues().catch(() => [])) await this.dropAll(queue)
        await super.close()
      }
    },
  },
  ...neverRefuses,
  {
    fault: 'takes more than it says it can',
    caughtBy: ['a payload may be as large as the store says, and no larger'],
    client: declaring({ maxPayload: 1000 }),
  },
  {
    fault: 'delays longer than it says it can',
    caughtBy: ['a long delay is kept, and one that is too long refused'],
    client: declaring({ maxDelay: 900 }),
  },
]
