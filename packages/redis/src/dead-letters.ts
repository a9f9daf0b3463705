import type { DeadLetters as DeadLettersFacet } from '@alligator/core'
import { performance } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { MOST_TOGETHER } from './deliveries.js'
import { KICK, OLDEST_DEAD, TRIM_DEAD } from './scripts/dead.js'
import { packId, toMilliseconds } from './stored.js'

/** Milliseconds between two looks for dead letters that are too old, while there is nothing else to do. */
const TRIM_EVERY = 3_600_000

/** What becomes of dead letters: back to work, or forgotten. */
export class DeadLetters implements DeadLettersFacet {
  readonly #connection: Connection
  #lastTrim = Number.NEGATIVE_INFINITY

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Puts those named back in line, or all; gives how many of them were dead. */
  async kick(queue: string, taskIds?: readonly string[]): Promise<number> {
    if (!taskIds) return this.#kickAll(queue)
    let kicked = 0
    for (let at = 0; at < taskIds.length; at += MOST_TOGETHER) {
      kicked += await this.#kickSome(queue, taskIds.slice(at, at + MOST_TOGETHER).map(packId))
    }
    return kicked
  }

  /** Drops what is too old, once in a long while: burying does it too, but may not come again. */
  trimNowAndThen(queues: readonly string[]): void {
    if (performance.now() - this.#lastTrim < TRIM_EVERY) return
    this.#lastTrim = performance.now()
    const { maxDeadLetters, deadLetterTtl } = this.#connection.settings
    const args = { most: maxDeadLetters, longest: toMilliseconds(deadLetterTtl) }
    for (const queue of queues) {
      const call = { queues: [this.#connection.keys.of(queue)], args }
      // What fails is done by the next look, in this worker or another.
      void this.#connection.run(TRIM_DEAD, () => call).catch(() => undefined)
    }
  }

  /** But none that dies again meanwhile. */
  async #kickAll(queue: string): Promise<number> {
    const queues = [this.#connection.keys.of(queue)]
    let kicked = 0
    for (let before = ''; ;) {
      const call = { queues, args: { most: MOST_TOGETHER, before } }
      const [moment, ids] = (await this.#connection.run(OLDEST_DEAD, () => call)) as [Buffer, Buffer[]]
      if (ids.length === 0) return kicked
      before = moment.toString()
      kicked += await this.#kickSome(queue, ids.map(String))
    }
  }

  async #kickSome(queue: string, ids: readonly string[]): Promise<number> {
    const call = { queues: [this.#connection.keys.of(queue)], args: {}, rest: ids }
    return (await this.#connection.run(KICK, () => call)) as number
  }
}
