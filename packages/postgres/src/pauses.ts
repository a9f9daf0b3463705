import type { Pause, PauseOptions, Pausing } from '@alligator/core'
import type { Connection } from './connection.js'
import { packText, unpackText } from './stored.js'

/** Keeps queues back, and lets them go on. */
export class Pauses implements Pausing {
  readonly #connection: Connection
  readonly #onResume: (queue: string) => void

  /** `onResume` is told of each queue that goes on. */
  constructor(connection: Connection, onResume: (queue: string) => void) {
    this.#connection = connection
    this.#onResume = onResume
  }

  async pause(queue: string, { for: seconds, reason }: PauseOptions = {}): Promise<void> {
    const packed = reason === undefined ? null : packText(reason, 'reason')
    const values = [packText(queue, 'queue'), seconds ?? null, packed]
    await this.#connection.run(this.#connection.statements.pause, () => values)
  }

  async resume(queue: string): Promise<boolean> {
    const values = [packText(queue, 'queue')]
    const [row] = await this.#connection.transact((ask) =>
      ask<[boolean]>(this.#connection.statements.resume, values),
    )
    this.#onResume(queue)
    return row?.[0] ?? false
  }

  async paused(queue: string): Promise<Pause | undefined> {
    const values = [packText(queue, 'queue')]
    const [row] = await this.#connection.look<[number, number | null, string | null]>(
      this.#connection.statements.paused,
      () => values,
    )
    if (!row) return undefined
    const [since, until, reason] = row
    return { since, until: until ?? undefined, reason: reason === null ? undefined : unpackText(reason) }
  }
}
