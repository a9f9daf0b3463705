import type { Delivery, Payload } from '@alligator/core'
import { packId } from './stored.js'

/** Deliveries that one call settles or hands out at most: the server serves nobody else meanwhile. */
export const MOST_TOGETHER = 1000

/** A delivery that remembers its id as it is stored. */
export class RedisDelivery implements Delivery {
  readonly queue: string
  readonly taskId: string
  readonly data: Payload
  readonly deliveries: number
  readonly receipt: string
  readonly #id: string
  #hasKey = false

  constructor(queue: string, id: string, taskId: string, data: Payload, deliveries: number, receipt: string) {
    this.queue = queue
    this.taskId = taskId
    this.data = data
    this.deliveries = deliveries
    this.receipt = receipt
    this.#id = id
  }

  /** The same of a task that has a key, which is free once that is settled. */
  static withKey(delivery: RedisDelivery): RedisDelivery {
    delivery.#hasKey = true
    return delivery
  }

  /** Whether it is known to have one. */
  static hasKey(delivery: Delivery): boolean {
    return #id in delivery && delivery.#hasKey
  }

  /** The id of a delivery as it is stored; it may also be one that was sent to another process and back. */
  static idOf(delivery: Delivery): string {
    return #id in delivery ? delivery.#id : packId(delivery.taskId)
  }
}

/** Deliveries by their queue, in parts of what one call should settle at most. */
export function byQueue(deliveries: readonly Delivery[]): (readonly [string, readonly Delivery[]])[] {
  const first = deliveries[0]
  if (first && deliveries.length === 1) return [[first.queue, deliveries]]
  const queues = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const others = queues.get(delivery.queue)
    if (others) others.push(delivery)
    else queues.set(delivery.queue, [delivery])
  }
  return [...queues].flatMap(([queue, all]) =>
    Array.from({ length: Math.ceil(all.length / MOST_TOGETHER) }, (_, part) => {
      return [queue, all.slice(part * MOST_TOGETHER, (part + 1) * MOST_TOGETHER)] as const
    }),
  )
}
