import type { Delivery, Payload } from '@alligator/core'
import { type StoredRow, packId, unpackData, unpackId, unpackText } from './stored.js'

/** Deliveries that one statement settles or hands out at most. */
export const MOST_TOGETHER = 500

/** A row of what is handed out. */
export type HandedRow = readonly [
  ...row: StoredRow,
  queue: string,
  seq: string,
  lease: string,
  deliveries: number,
]

/** A delivery that remembers its id as it is stored. Its receipt is the number of the lease. */
export class PostgresDelivery implements Delivery {
  readonly queue: string
  readonly taskId: string
  readonly data: Payload
  readonly deliveries: number
  readonly receipt: string
  readonly #id: string
  readonly #seq: string

  constructor([id, name, data, bytes, queue, seq, lease, deliveries]: HandedRow) {
    this.queue = unpackText(queue)
    this.taskId = unpackId(id, name)
    this.data = unpackData(data, bytes)
    this.deliveries = deliveries
    this.receipt = lease
    this.#id = id
    this.#seq = seq
  }

  /** The id of a delivery as it is stored; it may also be one that was sent to another process and back. */
  static idOf(delivery: Delivery): string {
    return #id in delivery ? delivery.#id : packId(delivery.taskId).id
  }

  /** Its place in the line; `undefined` of one that was sent. */
  static placeOf(delivery: Delivery): string | undefined {
    return #seq in delivery ? delivery.#seq : undefined
  }
}

/** The parts of a list. */
export function inParts<T>(list: readonly T[], most: number = MOST_TOGETHER): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) =>
    list.slice(at * most, (at + 1) * most),
  )
}
