import { clearInterval, setInterval } from '@alligator/core/backend'
import type { Connection } from './connection.js'

/** Milliseconds between looks: a cancel is heard of so soon, at the cost of ten reads of one row a second while tasks run. */
const POLL = 100

/**
 * Tells those who hold tasks that some were canceled: by this client, which says so; by others on the same file, who leave
 * a count of them there. Nothing is looked at while nobody listens.
 */
export class Cancels {
  readonly #connection: Connection
  readonly #listeners = new Set<() => void>()
  #poll: NodeJS.Timeout | undefined
  #seen: number | undefined
  #isLooking = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Begins to listen; gives what ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (!this.#connection.isPrivate) this.#poll ??= setInterval(() => void this.#look(), POLL)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.close()
    }
  }

  /** Tells everyone who listens. */
  notify(): void {
    for (const listener of this.#listeners) listener()
  }

  close(): void {
    clearInterval(this.#poll)
    this.#poll = undefined
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const count = await this.#connection.read((store) => store.canceled())
      // What was canceled before the first look may have been held already.
      if (count !== (this.#seen ?? 0)) this.notify()
      this.#seen = count
    } catch {
      // The file cannot be read now: the next look, or a heartbeat, tells.
    } finally {
      this.#isLooking = false
    }
  }
}
