import { type Delivery, LocmemClient, type PushItem, type ReserveOptions } from '@alligator/core'
import { type Fault, type LocmemClass, HISTORIES, changing } from './fault.js'

/** A client that changes what it is asked to put on a queue. */
const pushing = (change: (item: PushItem) => PushItem): LocmemClass =>
  class extends LocmemClient {
    override pushMany(queue: string, items: readonly PushItem[]) {
      return super.pushMany(queue, items.map(change))
    }
  }

/** A client that changes what it is asked to take. */
const taking = (change: (options: ReserveOptions) => ReserveOptions): LocmemClass =>
  class extends LocmemClient {
    override reserve(queues: readonly string[], options: ReserveOptions) {
      return super.reserve(queues, change(options))
    }
  }

const STRICTLY = 'strictly, no level is served before those above it are empty'
const SHARED = 'levels are shared 16 : 8 : 4 : 2 : 1, whatever is taken at once'
const BACK = 'nothing of a paused queue is handed out, to any client'

/** Faults of levels, of pauses, and of tasks that are made due. */
export const orderingFaults: readonly Fault[] = [
  {
    fault: 'knows no levels',
    caughtBy: [STRICTLY, SHARED, 'a task that goes back keeps its level', HISTORIES],
    client: pushing(({ priority: _, ...item }) => item),
  },
  { fault: 'is never strict', caughtBy: [STRICTLY], client: taking(({ priorities: _, ...rest }) => rest) },
  {
    fault: 'is always strict, and says that it is not',
    caughtBy: [SHARED],
    client: taking((options) => ({ ...options, priorities: 'strict' })),
  },
  {
    fault: 'forgets the level of what goes back',
    caughtBy: [
      'a task that goes back keeps its level',
      'a released task is the first of its level',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async release(delivery: Delivery) {
        const isHeld = (await super.ack([delivery])).length === 0
        if (isHeld) await super.pushMany(delivery.queue, [delivery])
        return isHeld
      }
    },
  },
  {
    fault: 'pauses nothing',
    caughtBy: [BACK, 'a pause ends by itself once its time is over, never early', HISTORIES],
    client: changing('pausing', () => ({ pause: async () => undefined })),
  },
  {
    fault: 'lets a pause end early',
    caughtBy: ['a pause ends by itself once its time is over, never early', HISTORIES],
    client: changing('pausing', ({ pause }) => ({
      pause: (queue, options) => pause(queue, { ...options, for: options?.for && options.for / 2 }),
    })),
  },
  {
    fault: 'never lets a pause end by itself',
    caughtBy: [
      'a pause ends by itself once its time is over, never early',
      'the end of a pause wakes a reserve that waits',
      HISTORIES,
    ],
    client: changing('pausing', ({ pause }) => ({
      pause: (queue, options) => pause(queue, { ...options, for: undefined }),
    })),
  },
  {
    fault: 'keeps a pause to itself',
    caughtBy: [BACK],
    client: class extends LocmemClient {
      readonly #paused = new Set<string>()
      override readonly pausing = {
        pause: async (queue: string) => void this.#paused.add(queue),
        resume: async (queue: string) => this.#paused.delete(queue),
        paused: async (queue: string) => (this.#paused.has(queue) ? { since: this.clock.now() } : undefined),
      }

      override reserve(queues: readonly string[], options: ReserveOptions) {
        return super.reserve(
          queues.filter((queue) => !this.#paused.has(queue)),
          options,
        )
      }
    },
  },
  {
    fault: 'forgets a pause when its queue is dropped',
    caughtBy: ['an empty queue can be paused, and stays so when it is dropped', HISTORIES],
    client: class extends LocmemClient {
      override async dropAll(queue: string) {
        await super.dropAll(queue)
        await this.pausing.resume(queue)
      }
    },
  },
  {
    fault: 'tells no reason of a pause',
    caughtBy: ['a pause tells since when, until when, and why'],
    client: changing('pausing', ({ pause }) => ({
      pause: (queue, options) => pause(queue, { for: options?.for }),
    })),
  },
  {
    fault: 'makes nothing due',
    caughtBy: ['a delayed task is made due, at the tail of its queue', HISTORIES],
    client: changing('expediting', () => ({ expedite: async () => true })),
  },
  {
    fault: 'says that it made due what is not delayed',
    caughtBy: ['nothing but what is delayed is made due', HISTORIES],
    client: changing('expediting', ({ expedite }) => ({
      expedite: async (queue, taskId) => (await expedite(queue, taskId)) || taskId !== '',
    })),
  },
]
