import {
  type DeathReason,
  type Delivery,
  LocmemClient,
  type ReleaseOptions,
  type StoredState,
} from '@alligator/core'
import { type Fault, HISTORIES } from './fault.js'

/** The last delivery of each task, whichever client has it. */
const last = new Map<string, Delivery>()
const lastOf = (delivery: Delivery) => last.get(delivery.queue + delivery.taskId) ?? delivery

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
    client: class extends LocmemClient {
      override async release(delivery: Delivery, { delayUntil }: ReleaseOptions = {}) {
        return super.release(delivery, { delayUntil })
      }
    },
  },
  {
    fault: 'releases without the delay',
    caughtBy: ['release can delay', HISTORIES],
    client: class extends LocmemClient {
      override async release(delivery: Delivery, { data }: ReleaseOptions = {}) {
        return super.release(delivery, data === undefined ? {} : { data })
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
    client: class extends LocmemClient {
      override async kick(queue: string, ids: readonly string[]) {
        const { tasks } = await this.list(queue, 'dead')
        const like = (taskId: string) => ids.some((id) => new RegExp(`^${id}$`).test(taskId))
        return super.kick(queue, tasks.map(({ taskId }) => taskId).filter(like))
      }
    },
  },
  {
    fault: 'kicks more than was named',
    caughtBy: ['kick can choose', HISTORIES],
    client: class extends LocmemClient {
      override async kick(queue: string) {
        return super.kick(queue)
      }
    },
  },
  {
    fault: 'kicks in two steps',
    caughtBy: ['a dead letter is kicked once'],
    client: class extends LocmemClient {
      override async kick(queue: string, taskIds?: readonly string[]) {
        const { dead } = await this.counts(queue)
        await super.kick(queue, taskIds)
        return dead
      }
    },
  },
  {
    fault: 'removes what runs',
    caughtBy: ['remove leaves a running task to its worker', HISTORIES],
    client: class extends LocmemClient {
      override async remove(queue: string, taskId: string) {
        const [delivery] = [last.get(queue + taskId)]
        const running = (await this.list(queue, 'running')).tasks.find((task) => task.taskId === taskId)
        if (delivery && running) await super.ack([delivery])
        return running?.data ?? super.remove(queue, taskId)
      }
    },
  },
  {
    fault: 'cancels only what does not run',
    caughtBy: [
      'cancel takes a task in whatever state, and tells whether it was running',
      'a canceled task is no longer held by its worker, and never comes back',
      'whoever waits for tasks hears of a cancel of what it holds',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async cancel(queue: string, taskId: string) {
        const data = await super.remove(queue, taskId)
        return data === undefined ? undefined : { data, wasRunning: false }
      }
    },
  },
  {
    fault: 'cancels only what runs',
    caughtBy: ['cancel takes a task in whatever state, and tells whether it was running', HISTORIES],
    client: class extends LocmemClient {
      override async cancel(queue: string, taskId: string) {
        const state = (await super.find(queue, [taskId])).get(taskId)
        return state === 'running' ? super.cancel(queue, taskId) : undefined
      }
    },
  },
  {
    fault: 'says that nothing ran which it cancels',
    caughtBy: [
      'cancel takes a task in whatever state, and tells whether it was running',
      'a cancel and ack at the same time are both told the truth',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async cancel(queue: string, taskId: string) {
        const canceled = await super.cancel(queue, taskId)
        return canceled && { ...canceled, wasRunning: false }
      }
    },
  },
  {
    fault: 'leaves what it cancels to its worker',
    caughtBy: [
      'a canceled task is no longer held by its worker, and never comes back',
      'the id of a canceled task is free, and its old worker cannot touch the new one',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async cancel(queue: string, taskId: string) {
        const { tasks } = await super.list(queue, 'running')
        const running = tasks.find((task) => task.taskId === taskId)
        return running ? { data: running.data, wasRunning: true } : super.cancel(queue, taskId)
      }
    },
  },
  {
    fault: 'cancels in two steps',
    caughtBy: ['a cancel and ack at the same time are both told the truth', 'a task is canceled once'],
    client: class extends LocmemClient {
      override async cancel(queue: string, taskId: string) {
        const { tasks } = await super.list(queue, 'running')
        const running = tasks.find((task) => task.taskId === taskId)
        const canceled = await super.cancel(queue, taskId)
        return running ? { data: running.data, wasRunning: true } : canceled
      }
    },
  },
  {
    fault: 'tells nobody that it canceled a task',
    caughtBy: ['whoever waits for tasks hears of a cancel of what it holds'],
    client: class extends LocmemClient {
      override onCancel() {
        return () => undefined
      }
    },
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
