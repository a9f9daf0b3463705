import type {
  ById,
  Canceled,
  Cancellation,
  DeadLetters,
  Delivery,
  Expediting,
  Payload,
} from '@alligator/core'
import type { Connection } from './connection.js'
import { type HandedRow, PostgresDelivery } from './deliveries.js'
import { packId, packText, unpackData } from './stored.js'
import type { RemovedRow, Ties } from './ties.js'
import type { Wakeups } from './wakeups.js'

/** What is done to tasks that their caller names. */
export class NamedTasks implements ById, Pick<Cancellation, 'cancel'>, DeadLetters, Expediting {
  readonly #connection: Connection
  readonly #ties: Ties
  readonly #wakeups: Wakeups

  constructor(connection: Connection, ties: Ties, wakeups: Wakeups) {
    this.#connection = connection
    this.#ties = ties
    this.#wakeups = wakeups
  }

  async reserve(queue: string, taskId: string, lease: number): Promise<Delivery | undefined> {
    const { takeNamed, givenBefore } = this.#connection.statements
    const [name, { id }, base] = [packText(queue, 'queue'), packId(taskId), this.#connection.leases.next()]
    const [row] = await this.#connection.insist(async (ask, again) => {
      const before = again ? await ask<HandedRow>(givenBefore, [[name], base]) : []
      return before.length > 0 ? before : ask<HandedRow>(takeNamed, [id, name, lease, base])
    })
    return row && new PostgresDelivery(row)
  }

  async remove(queue: string, taskId: string): Promise<Payload | undefined> {
    const row = await this.#remove(queue, taskId, false)
    return row && unpackData(row[0], row[1])
  }

  async cancel(queue: string, taskId: string): Promise<Canceled | undefined> {
    const row = await this.#remove(queue, taskId, true)
    if (!row) return undefined
    const [data, bytes, wasRunning = false, wasHeld = false] = row
    if (wasHeld) this.#wakeups.tellOfCancel()
    return { data: unpackData(data, bytes), wasRunning }
  }

  async kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    const { kick, kickAll } = this.#connection.statements
    const name = packText(queue, 'queue')
    const ids = taskIds && [...new Set(taskIds.map((taskId) => packId(taskId).id))]
    const kicked = await this.#connection.transact((ask) =>
      ids ? ask(kick, [name, ids]) : ask(kickAll, [name]),
    )
    if (kicked.length > 0) this.#wakeups.tell(queue)
    return kicked.length
  }

  async expedite(queue: string, taskId: string): Promise<boolean> {
    const values = [packText(queue, 'queue'), packId(taskId).id]
    const [row] = await this.#connection.transact((ask) => ask(this.#connection.statements.expedite, values))
    if (row) this.#wakeups.tell(queue)
    return row !== undefined
  }

  /** What has ties is passed over by the first statement. */
  async #remove(queue: string, taskId: string, mayRun: boolean): Promise<RemovedRow | undefined> {
    const { cancel, remove } = this.#connection.statements
    const values = [packId(taskId).id, packText(queue, 'queue')]
    const [row] = await this.#connection.transact((ask) => ask<RemovedRow>(mayRun ? cancel : remove, values))
    return row ?? this.#ties.remove(queue, taskId, mayRun)
  }
}
