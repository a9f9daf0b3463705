import type { Pause, PauseOptions, Pausing } from '@alligator/core'
import type { Connection } from './connection.js'
import { PAUSE_OF_QUEUE, PAUSE_QUEUE, RESUME_QUEUE } from './scripts/pause.js'
import { toMilliseconds } from './stored.js'

/** Keeps queues back, and lets them go on. */
export class Pauses implements Pausing {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async pause(queue: string, { for: seconds, reason }: PauseOptions = {}): Promise<void> {
    const length = seconds === undefined ? '' : toMilliseconds(seconds)
    const args = { length, reason: reason ?? '', hasReason: Number(reason !== undefined) }
    const call = { queues: [this.#connection.keys.of(queue)], args }
    await this.#connection.run(PAUSE_QUEUE, () => call)
  }

  async resume(queue: string): Promise<boolean> {
    const call = { queues: [this.#connection.keys.of(queue)], args: {} }
    return (await this.#connection.run(RESUME_QUEUE, () => call)) === 1
  }

  async paused(queue: string): Promise<Pause | undefined> {
    const call = { queues: [this.#connection.keys.of(queue)], args: {} }
    const reply = await this.#connection.run(PAUSE_OF_QUEUE, () => call)
    const [since, until, reason] = reply as (Buffer | null)[]
    if (!since) return undefined
    return {
      since: secondsIn(since),
      until: until ? secondsIn(until) : undefined,
      reason: reason?.toString(),
    }
  }
}

function secondsIn(milliseconds: Buffer): number {
  return Number(milliseconds.toString()) / 1000
}
