import {
  type ClientOptions,
  type Delivery,
  LocmemClient,
  NotSupportedError,
  type ReleaseOptions,
  type ReserveOptions,
  sleep,
} from '@alligator/core'
import { type Fault, changing } from './fault.js'

/** What a client says of itself. */
interface Declared extends Partial<
  Pick<LocmemClient, 'leases' | 'waits' | 'customIds' | 'maxDelay' | 'freshDeliveries'>
> {
  readonly maxPayload?: number
}

const declaring = ({ maxPayload, ...change }: Declared) =>
  class extends LocmemClient {
    constructor(dsn: string, options?: ClientOptions) {
      super(dsn, options)
      Object.assign(this, change)
    }
    override get maxPayload() {
      return maxPayload ?? super.maxPayload
    }
  }

const doesAllTheSame = (['waits', 'leases', 'customIds'] as const).map((quality): Fault => ({
  fault: `says "${quality}: false" and does it all the same`,
  caughtBy: {
    waits: ['a push wakes a reserve that waits'],
    leases: ['deliveries starts again when a task is put back'],
    customIds: ['an id is free again once its task is finished'],
  }[quality],
  client: declaring({ [quality]: false }),
}))

const refuses = () => Promise.reject(new NotSupportedError('LocmemClient', 'that', 'it', []))

/** What is there and cannot do it is worse than nothing: nobody looks for another way. */
const refusesWhatItHas: readonly Fault[] = [
  {
    fault: 'has `byId` and takes nothing by its id',
    caughtBy: ['a task can be reserved by its id', 'get takes the task named, due or not'],
    client: changing('byId', () => ({ reserve: refuses })),
  },
  {
    fault: 'has `byId` and removes nothing',
    caughtBy: ['remove takes a task that is not running', 'a dead letter can be removed'],
    client: changing('byId', () => ({ remove: refuses })),
  },
  {
    fault: 'has a `listing` and finds nothing',
    caughtBy: ['find gives the state of what is held', 'looking changes nothing'],
    client: changing('listing', () => ({ find: refuses })),
  },
  {
    fault: 'has a `listing` and lists nothing',
    caughtBy: ['list shows the tasks of one state', 'queues names those that hold anything, sorted'],
    client: changing('listing', () => ({ list: refuses, queues: refuses })),
  },
  {
    fault: 'has `deadLetters` and brings none back',
    caughtBy: ['kick can choose', 'kick brings every dead letter back'],
    client: changing('deadLetters', () => ({ kick: refuses })),
  },
  {
    fault: 'has a `cancellation` and cancels nothing',
    caughtBy: ['cancel takes a task in whatever state, and tells whether it was running'],
    client: changing('cancellation', () => ({ cancel: refuses })),
  },
  {
    fault: 'has a `directory` and knows nobody',
    caughtBy: ['a worker that retires is known no longer'],
    client: changing('directory', () => ({ workers: refuses })),
  },
]

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
        for (const queue of await Promise.resolve(this.listing.queues()).catch(() => []))
          await this.dropAll(queue)
        await super.close()
      }
    },
  },
  ...doesAllTheSame,
  ...refusesWhatItHas,
  {
    fault: 'counts releases as more hand-outs than it says',
    caughtBy: ['deliveries starts again when a task is put back'],
    client: class extends declaring({ freshDeliveries: 2 }) {
      override async release(delivery: Delivery, options?: ReleaseOptions) {
        return super.release(delivery, { deliveries: delivery.deliveries, ...options })
      }
    },
  },
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
