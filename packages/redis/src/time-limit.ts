interface Pending {
  /** When it must have ended, by `performance.now()`. */
  readonly end: number
  readonly expire: () => void
}

/**
 * A limit on how long each of many things may take. It is the same for all, so that they run out in the order of their
 * beginning, and one timer, for the oldest, serves all of them: to set one for each command would cost more than the rest of it.
 */
export class TimeLimit {
  readonly #milliseconds: number
  readonly #pending = new Set<Pending>()
  #timer: NodeJS.Timeout | undefined

  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000
  }

  /** Waits for an answer; after too long rejects with what `onLate` gives. */
  wait<T>(asked: Promise<T>, onLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const pending = {
        end: performance.now() + this.#milliseconds,
        expire: () => reject(onLate()),
      }
      this.#pending.add(pending)
      if (!this.#timer) this.#setTimer(this.#milliseconds)
      asked.then(
        (reply) => {
          this.#pending.delete(pending)
          resolve(reply)
        },
        (error: unknown) => {
          this.#pending.delete(pending)
          reject(error)
        },
      )
    })
  }

  /** It does not keep the process alive: the connection does, as long as an answer can come. */
  #setTimer(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.ceil(milliseconds)).unref()
  }

  #look(): void {
    const now = performance.now()
    this.#timer = undefined
    for (const pending of this.#pending) {
      if (pending.end > now) return this.#setTimer(pending.end - now)
      this.#pending.delete(pending)
      pending.expire()
    }
  }
}
