import {
  type DeathReason,
  type Delivery,
  LocmemClient,
  type ReleaseOptions,
  type StoredState,
} from '@alligator/core'
import { type Fault, HISTORIES, changing } from './fault.js'

/** The last delivery of each task, whichever client has it. */
const last = new Map<string, Delivery>()
const lastOf = (delivery: Delivery) => last.get(delivery.queue + delivery.taskId) ?? delivery

/** A client that releases with other options than it is given. */
const releasing = (change: (options: ReleaseOptions) => ReleaseOptions) =>
  class extends LocmemClient {
    override async release(delivery: Delivery, options: ReleaseOptions = {}) {
      return super.release(delivery, change(options))
    }
  }

/** Faults of ack, extend, release, bury, kick, remove and dropAll. */
export const settlingFaults: readonly Fault[] = [
  {
    fault: 'knows deliveries by their task alone',
    caughtBy: [
      'a late worker cannot ack what another now holds',
      'a late worker cannot release what another now holds',
      'a late worker cannot bury what another now holds',
      'a late worker cannot extend what another now holds',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async reserve(...args: Parameters<LocmemClient['reserve']>) {
        const taken = await super.reserve(...args)
        for (const delivery of taken) last.set(delivery.queue + delivery.taskId, delivery)
        return taken
      }
      override async ack(deliveries: readonly Delivery[]) {
        return super.ack(deliveries.map(lastOf))
      }
      override async extend(deliveries: readonly Delivery[], lease: number) {
        return super.extend(deliveries.map(lastOf), lease)
      }
      override async release(delivery: Delivery, options?: ReleaseOptions) {
        return super.release(lastOf(delivery), options)
      }
      override async bury(delivery: Delivery, reason: DeathReason) {
        return super.bury(lastOf(delivery), reason)
      }
    },
  },
  {
    fault: 'says that every ack was held',
    caughtBy: [
      'ack tells what was no longer held',
      'an id is free again once its task is finished',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async ack(deliveries: readonly Delivery[]) {
        await super.ack(deliveries)
        return []
      }
    },
  },
  {
    fault: 'acknowledges only the first',
    caughtBy: ['ack tells what was no longer held', HISTORIES],
    client: class extends LocmemClient {
      override async ack(deliveries: readonly Delivery[]) {
        return super.ack(deliveries.slice(0, 1))
      }
    },
  },
  {
    fault: 'does not extend',
    caughtBy: ['extend holds a task for so long from now on', HISTORIES],
    client: class extends LocmemClient {
      override async extend() {
        return []
      }
    },
  },
  {
    fault: 'says that every extension was held',
    caughtBy: ['extend tells what is no longer held', HISTORIES],
    client: class extends LocmemClient {
      override async extend(deliveries: readonly Delivery[], lease: number) {
        await super.extend(deliveries, lease)
        return []
      }
    },
  },
  {
    fault: 'loses what is released',
    caughtBy: ['a released task is handed out again', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery) {
        return (await super.ack([delivery])).length === 0
      }
    },
  },
  {
    fault: 'releases to the tail',
    caughtBy: ['a released task stands at the head of its queue', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, { data = delivery.data, delayUntil }: ReleaseOptions = {}) {
        const held = (await super.ack([delivery])).length === 0
        if (held) await super.push(delivery.queue, delivery.taskId, data, delayUntil)
        return held
      }
    },
  },
  {
    fault: 'releases what is not held',
    caughtBy: ['a late worker cannot release what another now holds', 'a task is released once', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, options: ReleaseOptions = {}) {
        await super.release(delivery, options)
        return true
      }
    },
  },
  {
    fault: 'releases without the new payload',
    caughtBy: [
      'release can replace the payload',
      'text and bytes keep their kind wherever they go',
      HISTORIES,
    ],
    client: releasing(({ data: _, ...options }) => options),
  },
  {
    fault: 'releases without the delay',
    caughtBy: ['release can delay', HISTORIES],
    client: releasing(({ delayUntil: _, ...options }) => options),
  },
  {
    fault: 'releases without the count',
    caughtBy: [
      'a released task counts as handed out as often as release says',
      'a task released with a count counts on when its lease lapses',
      'a task released with a count is reached by its id',
      HISTORIES,
    ],
    client: releasing(({ deliveries: _, ...options }) => options),
  },
  {
    fault: 'counts a release as a hand-out',
    caughtBy: [
      'a released task counts as handed out as often as release says',
      'deliveries starts again when a task is put back',
      HISTORIES,
    ],
    client: releasing(({ deliveries = 0, ...options }) => ({ ...options, deliveries: deliveries + 1 })),
  },
  {
    fault: 'never forgets a count',
    caughtBy: ['a released task counts as handed out as often as release says', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, options: ReleaseOptions = {}) {
        return super.release(delivery, { deliveries: delivery.deliveries, ...options })
      }
    },
  },
  {
    fault: 'releases to the tail what has a count',
    caughtBy: ['tasks released with a count stand at the head of their queue', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, options: ReleaseOptions = {}) {
        if (!options.deliveries) return super.release(delivery, options)
        const held = (await super.ack([delivery])).length === 0
        if (held) await super.push(delivery.queue, delivery.taskId, delivery.data)
        return held
      }
    },
  },
  {
    fault: 'leaves what it releases with a count to its worker',
    caughtBy: [
      'a task released with a count is held by nobody',
      'a task released with a count is shown as waiting, once',
      'a release with a count wakes a reserve that waits',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, options: ReleaseOptions = {}) {
        if (!options.deliveries) return super.release(delivery, options)
        return (await super.extend([delivery], 600)).length === 0
      }
    },
  },
  {
    fault: 'loses what is buried',
    caughtBy: ['a buried task is kept, and not handed out', 'kick brings every dead letter back', HISTORIES],
    client: class extends LocmemClient {
      override async bury(delivery: Delivery) {
        return (await super.ack([delivery])).length === 0
      }
    },
  },
  {
    fault: 'keeps half of the reason',
    caughtBy: ['a dead letter keeps its payload and its reason'],
    client: class extends LocmemClient {
      override async bury(delivery: Delivery, { stack: _, ...reason }: DeathReason) {
        return super.bury(delivery, reason)
      }
    },
  },
  {
    fault: 'takes an id for a pattern',
    caughtBy: ['whatever a queue and a task are called, each operation reaches them and nothing else'],
    client: changing('deadLetters', ({ kick }, { listing }) => ({
      async kick(queue, ids = []) {
        const { tasks } = await listing.list(queue, 'dead')
        const like = (taskId: string) => ids.some((id) => new RegExp(`^${id}$`).test(taskId))
        return kick(queue, tasks.map(({ taskId }) => taskId).filter(like))
      },
    })),
  },
  {
    fault: 'kicks more than was named',
    caughtBy: ['kick can choose', HISTORIES],
    client: changing('deadLetters', ({ kick }) => ({ kick: (queue) => kick(queue) })),
  },
  {
    fault: 'kicks in two steps',
    caughtBy: ['a dead letter is kicked once'],
    client: changing('deadLetters', ({ kick }, client) => ({
      async kick(queue, taskIds) {
        const { dead } = await client.counts(queue)
        await kick(queue, taskIds)
        return dead
      },
    })),
  },
  {
    fault: 'removes what runs',
    caughtBy: ['remove leaves a running task to its worker', HISTORIES],
    client: changing('byId', ({ remove }, client) => ({
      async remove(queue, taskId) {
        const { tasks } = await client.listing.list(queue, 'running')
        const running = tasks.find((task) => task.taskId === taskId)
        const delivery = last.get(queue + taskId)
        if (delivery && running) await client.ack([delivery])
        return running?.data ?? remove(queue, taskId)
      },
    })),
  },
  {
    fault: 'cancels only what does not run',
    caughtBy: [
      'cancel takes a task in whatever state, and tells whether it was running',
      'a canceled task is no longer held by its worker, and never comes back',
      'whoever waits for tasks hears of a cancel of what it holds',
      HISTORIES,
    ],
    client: changing('cancellation', (_, { byId }) => ({
      async cancel(queue, taskId) {
        const data = await byId.remove(queue, taskId)
        return data === undefined ? undefined : { data, wasRunning: false }
      },
    })),
  },
  {
    fault: 'cancels only what runs',
    caughtBy: ['cancel takes a task in whatever state, and tells whether it was running', HISTORIES],
    client: changing('cancellation', ({ cancel }, { listing }) => ({
      async cancel(queue, taskId) {
        const state = (await listing.find(queue, [taskId])).get(taskId)
        return state === 'running' ? cancel(queue, taskId) : undefined
      },
    })),
  },
  {
    fault: 'says that nothing ran which it cancels',
    caughtBy: [
      'cancel takes a task in whatever state, and tells whether it was running',
      'a cancel and ack at the same time are both told the truth',
      HISTORIES,
    ],
    client: changing('cancellation', ({ cancel }) => ({
      async cancel(queue, taskId) {
        const canceled = await cancel(queue, taskId)
        return canceled && { ...canceled, wasRunning: false }
      },
    })),
  },
  {
    fault: 'leaves what it cancels to its worker',
    caughtBy: [
      'a canceled task is no longer held by its worker, and never comes back',
      'the id of a canceled task is free, and its old worker cannot touch the new one',
      HISTORIES,
    ],
    client: changing('cancellation', ({ cancel }, { listing }) => ({
      async cancel(queue, taskId) {
        const { tasks } = await listing.list(queue, 'running')
        const running = tasks.find((task) => task.taskId === taskId)
        return running ? { data: running.data, wasRunning: true } : cancel(queue, taskId)
      },
    })),
  },
  {
    fault: 'cancels in two steps',
    caughtBy: ['a cancel and ack at the same time are both told the truth', 'a task is canceled once'],
    client: changing('cancellation', ({ cancel }, { listing }) => ({
      async cancel(queue, taskId) {
        const { tasks } = await listing.list(queue, 'running')
        const running = tasks.find((task) => task.taskId === taskId)
        const canceled = await cancel(queue, taskId)
        return running ? { data: running.data, wasRunning: true } : canceled
      },
    })),
  },
  {
    fault: 'tells nobody that it canceled a task',
    caughtBy: ['whoever waits for tasks hears of a cancel of what it holds'],
    client: changing('cancellation', () => ({ onCancel: () => () => undefined })),
  },
  ...(['running', 'dead', 'delayed'] as const).map((spared: StoredState) => ({
    fault: `drops all but what is ${spared}`,
    caughtBy: [
      spared === 'delayed'
        ? 'dropAll empties one queue and no other'
        : 'dropAll removes running tasks and dead letters too',
    ],
    client: class extends LocmemClient {
      override async dropAll(queue: string) {
        const counts = await this.counts(queue)
        if (counts[spared] === 0) await super.dropAll(queue)
      }
    },
  })),
]
