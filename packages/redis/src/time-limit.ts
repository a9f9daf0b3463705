interface Pending {
  /** When it must have ended, by `performance.now()`. */
  readonly end: number
  readonly expire: () => void
  isOver: boolean
  before: Pending | undefined
  after: Pending | undefined
}

/**
 * A limit on how long each of many things may take. It is the same for all, so that they run out in the order of their
 * beginning, and one timer, for the oldest, serves all of them: to set one for each command would cost more than the rest of it.
 */
export class TimeLimit {
  readonly #milliseconds: number
  /**
   * The oldest and the youngest of a list. (In place of a Set, which keeps what it once held alive, from table to table, until
   * all of the heap is collected, when it is added to and taken from without end.)
   */
  #first: Pending | undefined
  #last: Pending | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000
  }

  /** Waits for an answer; after too long rejects with what `onLate` gives. */
  wait<T>(asked: Promise<T>, onLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = performance.now() + this.#milliseconds
      const pending = this.#add(end, () => reject(onLate()))
      if (!this.#timer) this.#setTimer(this.#milliseconds)
      asked.then(
        (reply) => {
          this.#remove(pending)
          resolve(reply)
        },
        (error: unknown) => {
          this.#remove(pending)
          reject(error)
        },
      )
    })
  }

  /** It does not keep the process alive: the connection does, as long as an answer can come. */
  #setTimer(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.ceil(milliseconds)).unref()
  }

  #add(end: number, expire: () => void): Pending {
    const pending = { end, expire, isOver: false, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = pending
    else this.#first = pending
    this.#last = pending
    return pending
  }

  #remove(pending: Pending): void {
    if (pending.isOver) return
    const { before, after } = pending
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    pending.isOver = true
    pending.before = pending.after = undefined
  }

  #look(): void {
    const now = performance.now()
    this.#timer = undefined
    for (let first = this.#first; first; first = this.#first) {
      if (first.end > now) return this.#setTimer(first.end - now)
      this.#remove(first)
      first.expire()
    }
  }
}
