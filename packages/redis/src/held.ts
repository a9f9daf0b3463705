import type { Delivery, Payload } from '@alligator/core'
import { packId } from './stored.js'

/** A delivery that remembers its id as it is stored. */
export class Held implements Delivery {
  readonly queue: string
  readonly taskId: string
  readonly data: Payload
  readonly deliveries: number
  readonly receipt: string
  readonly #id: string

  constructor(queue: string, id: string, taskId: string, data: Payload, deliveries: number, receipt: string) {
    this.queue = queue
    this.taskId = taskId
    this.data = data
    this.deliveries = deliveries
    this.receipt = receipt
    this.#id = id
  }

  /** The id of a delivery as it is stored; it may also be one that was sent to another process and back. */
  static idOf(delivery: Delivery): string {
    return #id in delivery ? delivery.#id : packId(delivery.taskId)
  }
}
