import { hasCode } from '@alligator/core'
import { turn } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Store } from './store.js'

/** How many writes share a transaction at most, so that the event loop and other processes get their turn. */
const MOST_TOGETHER = 1000

interface Write {
  readonly step: (store: Store) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * What is asked for in one turn of the event loop is written in one transaction, in the order of asking; each promise
 * settles after the commit, with its own result. A lone caller waits for the end of the turn, some microseconds, which
 * also keeps a loop of writes from starving timers and sockets.
 */
export class Writes {
  readonly #connection: Connection
  readonly #onCommit: () => void
  readonly #waiting: Write[] = []
  #flushing: Promise<void> | undefined

  constructor(connection: Connection, onCommit: () => void) {
    this.#connection = connection
    this.#onCommit = onCommit
  }

  /** Whether nothing waits to be written. */
  get idle(): boolean {
    return this.#waiting.length === 0
  }

  /** Writes something: all of a step or, when it throws, nothing. What is refused must be so before it changes anything. */
  add<T>(step: (store: Store) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ step, resolve: resolve as (value: unknown) => void, reject })
      this.#flushing ??= this.#flush()
    })
  }

  /** Resolves when everything asked for so far has been settled. */
  async drain(): Promise<void> {
    await this.#flushing
  }

  async #flush(): Promise<void> {
    while (!this.idle) {
      await turn()
      await this.#commit(this.#waiting.splice(0, MOST_TOGETHER))
    }
    this.#flushing = undefined
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    try {
      const outcomes = await this.#connection.write((store) =>
        writes.map((write) => this.#attempt(write, store)),
      )
      for (const settle of outcomes) settle()
      this.#onCommit()
    } catch (error) {
      // A full store may still have room for some of them, and to ack is to make room.
      if (writes.length > 1 && hasCode(error, 'STORE_FULL'))
        for (const write of writes) await this.#commit([write])
      else for (const write of writes) write.reject(error)
    }
  }

  /** Makes one step of a transaction; gives what settles it once that is committed. */
  #attempt({ step, resolve, reject }: Write, store: Store): () => void {
    try {
      const result = step(store)
      return () => resolve(result)
    } catch (error) {
      // A step that was refused has changed nothing; one that the store could not do may be half done.
      if (!hasCode(error, 'DUPLICATE_TASK', 'INVALID_ARGUMENT')) throw error
      return () => reject(error)
    }
  }
}
