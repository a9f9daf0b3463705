import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  type ClientOptions,
  type Delivery,
  LocmemClient,
  type Renewal,
  type ReserveOptions,
} from '@alligator/core'
import type { Fault } from './fault.js'
import { renewables } from './renewer.js'

/** Every delivery that any client was handed out, so that a fault can get at those of others. */
const all: Delivery[] = []

/** Memory that can be renewed by whoever holds the client: an expensive way, but one in which things can go wrong. */
export class RenewableClient extends LocmemClient {
  override readonly renewal: Renewal
  readonly taken: Delivery[] = []

  constructor(dsn: string, options?: ClientOptions) {
    super(dsn, options)
    const id = randomUUID()
    renewables.set(id, (queues, lease) => this.renewHeld(queues, lease))
    this.renewal = { module: join(__dirname, 'renewer.ts'), data: id }
  }

  override async reserve(queues: readonly string[], options: ReserveOptions): Promise<Delivery[]> {
    const deliveries = await super.reserve(queues, options)
    this.taken.push(...deliveries)
    all.push(...deliveries)
    return deliveries
  }

  async renewHeld(queues: readonly string[], lease: number): Promise<void> {
    await this.hold(
      this.taken.filter(({ queue }) => queues.includes(queue)),
      lease,
    )
  }

  /** What is held for longer is left alone. */
  async hold(deliveries: readonly Delivery[], lease: number): Promise<void> {
    const until = this.clock.now() + lease
    for (const delivery of deliveries) {
      const { tasks } = await this.listing.list(delivery.queue, 'running')
      const task = tasks.find(({ taskId }) => taskId === delivery.taskId)
      if (task && (task.until ?? 0) < until) await this.extend([delivery], lease)
    }
  }
}

/** Faults of the renewal of all that a client holds. */
export const renewingFaults: readonly Fault[] = [
  {
    fault: 'renews nothing',
    caughtBy: ['a renewal holds all that its client holds, from now on'],
    client: class extends RenewableClient {
      override async renewHeld() {}
    },
  },
  {
    fault: 'renews only the first of what it holds',
    caughtBy: ['a renewal holds all that its client holds, from now on'],
    client: class extends RenewableClient {
      override hold(deliveries: readonly Delivery[], lease: number) {
        return super.hold(deliveries.slice(0, 1), lease)
      }
    },
  },
  {
    fault: 'renews what others hold',
    caughtBy: [
      'a renewal keeps nothing that another client holds',
      'a renewal takes nothing back that another was given meanwhile',
    ],
    client: class extends RenewableClient {
      override renewHeld(queues: readonly string[], lease: number) {
        return this.hold(
          all.filter(({ queue }) => queues.includes(queue)),
          lease,
        )
      }
    },
  },
  {
    fault: 'renews what it holds of every queue',
    caughtBy: ['a renewal keeps nothing of a queue that it does not name'],
    client: class extends RenewableClient {
      override renewHeld(_queues: readonly string[], lease: number) {
        return this.hold(this.taken, lease)
      }
    },
  },
  {
    fault: 'makes longer leases shorter when it renews',
    caughtBy: ['a renewal makes no lease shorter'],
    client: class extends RenewableClient {
      override async hold(deliveries: readonly Delivery[], lease: number) {
        await this.extend(deliveries, lease)
      }
    },
  },
  {
    fault: 'takes anew what it renews',
    caughtBy: ['a renewal leaves its client the deliveries that it has'],
    client: class extends RenewableClient {
      override async hold(deliveries: readonly Delivery[], lease: number) {
        for (const delivery of deliveries) {
          await this.release(delivery)
          await this.byId.reserve(delivery.queue, delivery.taskId, lease)
        }
      }
    },
  },
  {
    fault: 'brings back by a renewal whatever it was handed out',
    caughtBy: ['ack', 'release with a delay', 'bury']
      .map((how) => `a renewal brings nothing back after ${how}`)
      .concat('a renewal brings nothing back that was canceled'),
    client: class extends RenewableClient {
      override async hold(deliveries: readonly Delivery[], lease: number) {
        for (const { queue, taskId, data } of deliveries) {
          await this.byId.remove(queue, taskId)
          await this.push(queue, taskId, data)
          await this.byId.reserve(queue, taskId, lease)
        }
      }
    },
  },
]
