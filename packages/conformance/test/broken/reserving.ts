import { setImmediate as turn } from 'node:timers/promises'
import { type Delivery, LocmemClient, type PushItem, type ReserveOptions } from '@alligator/core'
import { type Fault, HISTORIES, changing } from './fault.js'

/** A client that reserves with other options than it is given. */
const reserving = (change: (options: ReserveOptions) => ReserveOptions) =>
  class extends LocmemClient {
    override async reserve(queues: readonly string[], options: ReserveOptions) {
      return super.reserve(queues, change(options))
    }
  }

/** A client that changes the deliveries that it gives. */
const giving = (change: (delivery: Delivery) => Delivery) =>
  class extends LocmemClient {
    override async reserve(queues: readonly string[], options: ReserveOptions) {
      return (await super.reserve(queues, options)).map(change)
    }
  }

/** A client that remembers which tasks were delayed. */
class Remembering extends LocmemClient {
  protected readonly delayed = new Set<string>()
  override async pushMany(queue: string, items: readonly PushItem[]) {
    for (const item of items) if (item.delayUntil !== undefined) this.delayed.add(item.taskId)
    return super.pushMany(queue, items)
  }
  protected async takeOne(queue: string, taskId: string, { lease }: ReserveOptions): Promise<Delivery[]> {
    const delivery = await this.byId.reserve(queue, taskId, lease)
    return delivery ? [delivery] : []
  }
}

/** Faults of reserving: leases, limits, order. */
export const reservingFaults: readonly Fault[] = [
  {
    fault: 'hands out a task twice',
    caughtBy: ['a task that is handed out is held by nobody else', HISTORIES],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        const taken = await super.reserve(queues, options)
        const [running] = (await this.listing.list(queues[0] ?? '', 'running')).tasks
        if (taken.length > 0 || !running) return taken
        return [
          {
            queue: queues[0] ?? '',
            taskId: running.taskId,
            data: running.data,
            deliveries: 2,
            receipt: 'again',
          },
        ]
      }
    },
  },
  {
    fault: 'looks first and takes afterwards',
    caughtBy: ['concurrent reserves never hand out a task twice'],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        const [queue = ''] = queues
        const { tasks } = await this.listing.list(queue, 'waiting', { limit: options.limit ?? 1 })
        await turn()
        const taken = await super.reserve(queues, options)
        return tasks.map(({ taskId, data }, at) => ({
          ...taken[at],
          queue,
          taskId,
          data,
          deliveries: 1,
          receipt: '1',
        }))
      }
    },
  },
  {
    fault: 'finishes a task as it hands it out',
    caughtBy: [
      'a task whose lease has lapsed is handed out again',
      'what a closed client held is handed out again',
      HISTORIES,
    ],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        const taken = await super.reserve(queues, options)
        await super.ack(taken)
        return taken
      }
    },
  },
  {
    fault: 'lets leases lapse early',
    caughtBy: ['a task that is handed out is held by nobody else', HISTORIES],
    client: reserving((options) => ({ ...options, lease: options.lease / 2 })),
  },
  {
    fault: 'lets leases lapse late',
    caughtBy: ['a task whose lease has lapsed is handed out again', HISTORIES],
    client: reserving((options) => ({ ...options, lease: options.lease + 5 })),
  },
  {
    fault: 'gives more than the limit',
    caughtBy: ['limit is the most that is handed out', HISTORIES],
    client: reserving((options) => ({ ...options, limit: (options.limit ?? 1) + 1 })),
  },
  {
    fault: 'gives one at a time',
    caughtBy: ['limit is the most that is handed out', HISTORIES],
    client: reserving((options) => ({ ...options, limit: 1 })),
  },
  {
    fault: 'ignores the id',
    caughtBy: ['a task can be reserved by its id', 'get takes the task named, due or not', HISTORIES],
    client: changing('byId', (_, client) => ({
      reserve: async (queue, _taskId, lease) => (await client.reserve([queue], { lease }))[0],
    })),
  },
  {
    fault: 'serves queues backwards',
    caughtBy: ['queues are served in strict order of priority', HISTORIES],
    client: class extends LocmemClient {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        return super.reserve(queues.toReversed(), options)
      }
    },
  },
  {
    fault: 'does not count hand-outs',
    caughtBy: ['a task whose lease has lapsed is handed out again', HISTORIES],
    client: giving((delivery) => ({ ...delivery, deliveries: 1 })),
  },
  {
    fault: 'numbers receipts by hand-outs',
    caughtBy: [HISTORIES],
    client: giving((delivery) => ({ ...delivery, receipt: String(delivery.deliveries) })),
  },
  {
    fault: 'lets due tasks overtake',
    caughtBy: ['a due task does not overtake those that wait already', HISTORIES],
    client: class extends Remembering {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        for (const queue of queues) {
          const due = (await this.listing.list(queue, 'waiting')).tasks.find((task) =>
            this.delayed.has(task.taskId),
          )
          if (due) return this.takeOne(queue, due.taskId, options)
        }
        return super.reserve(queues, options)
      }
    },
  },
  {
    fault: 'lets new tasks starve those that fell due',
    caughtBy: ['a due task is not starved by new ones'],
    client: class extends Remembering {
      override async reserve(queues: readonly string[], options: ReserveOptions) {
        for (const queue of queues) {
          const { tasks } = await this.listing.list(queue, 'waiting')
          const fresh = tasks.find((task) => !this.delayed.has(task.taskId))
          if (fresh) return this.takeOne(queue, fresh.taskId, options)
        }
        return super.reserve(queues, options)
      }
    },
  },
]
