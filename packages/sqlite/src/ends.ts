import type { EndListener } from '@alligator/core'
import { clearInterval, setInterval } from '@alligator/core/backend'
import type { Connection } from './connection.js'

/** Milliseconds between looks: a result is heard of so soon, at the cost of fifty reads of one row a second while somebody waits. */
const POLL = 20

/**
 * Tells those who wait for results of tasks that have ended: in this client, which says so; of others on the same file, whose results have
 * higher numbers than those that were seen. Nothing is looked at while nobody listens.
 */
export class Ends {
  readonly #connection: Connection
  readonly #listeners = new Set<EndListener>()
  #poll: NodeJS.Timeout | undefined
  #seen: number | undefined
  #isLooking = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Begins to listen; gives what ends it. */
  listen(listener: EndListener): () => void {
    this.#listeners.add(listener)
    if (!this.#connection.isPrivate) this.#poll ??= setInterval(() => void this.#look(), POLL)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  /** Tells everyone who listens. */
  notify(...place: [] | [queue: string, taskId: string]): void {
    for (const listener of this.#listeners) listener(...place)
  }

  close(): void {
    clearInterval(this.#poll)
    this.#poll = undefined
    this.#seen = undefined
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      if (this.#seen === undefined) {
        this.#seen = await this.#connection.read((store) => store.lastResult())
        // What was kept before that was not heard.
        this.notify()
      }
      const seen = this.#seen
      const { last, tasks } = await this.#connection.read((store) => store.resultsSince(seen))
      if (this.#poll) this.#seen = last
      for (const [queue, taskId] of tasks) this.notify(queue, taskId)
    } catch {
      // The file cannot be read now: whoever waits looks by himself now and then.
    } finally {
      this.#isLooking = false
    }
  }
}
