import { type Silence, performance, setImmediate, setTimeout } from '@alligator/core/backend'

interface Pending {
  /** What answers, one question after the other. */
  readonly source: object
  /** When it must have ended, by `performance.now()`. */
  readonly end: number
  readonly expire: () => void
  isOver: boolean
  before: Pending | undefined
  after: Pending | undefined
}

/**
 * A limit on how long an answer may be waited for, while none comes from the same source: one that has many questions to answer,
 * or large ones, and answers them, is well. It is the same for all, so that they run out in the order of their
 * beginning, and one timer, for the oldest, serves all of them: to set one for each command would cost more than the rest of it.
 */
export class TimeLimit {
  readonly #milliseconds: number
  readonly #silence: Silence
  /**
   * The oldest and the youngest of a list. (In place of a Set, which keeps what it once held alive, from table to table, until
   * all of the heap is collected, when it is added to and taken from without end.)
   */
  #first: Pending | undefined
  #last: Pending | undefined
  #timer: NodeJS.Timeout | undefined
  /** When each source has answered last. */
  readonly #answered = new WeakMap<object, number>()

  /** `silence`: tells that nothing is answered, long before the limit. */
  constructor(seconds: number, silence: Silence) {
    this.#milliseconds = seconds * 1000
    this.#silence = silence
  }

  /** Waits for an answer of `source`; after too long rejects with what `onLate` gives. */
  wait<T>(source: object, asked: Promise<T>, onLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const now = performance.now()
      const pending = this.#add(source, now + this.#milliseconds, () => reject(onLate()))
      this.#silence.ask(now)
      if (!this.#timer) this.#setTimer(this.#milliseconds)
      asked.then(
        (reply) => {
          const answered = performance.now()
          this.#answered.set(source, answered)
          this.#silence.answer(answered)
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

  /**
   * It does not keep the process alive: the connection does, as long as an answer can come. After a standstill of the event loop
   * timers come before the answers that have arrived meanwhile, and these before what is immediate.
   */
  #setTimer(milliseconds: number): void {
    this.#timer = setTimeout(() => setImmediate(() => this.#look()), Math.ceil(milliseconds)).unref()
  }

  #add(source: object, end: number, expire: () => void): Pending {
    const pending = { source, end, expire, isOver: false, before: this.#last, after: undefined }
    if (this.#last) this.#last.after = pending
    else this.#first = pending
    this.#last = pending
    return pending
  }

  #remove(pending: Pending): void {
    if (pending.isOver) return
    this.#silence.end()
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
      const end = Math.max(first.end, (this.#answered.get(first.source) ?? 0) + this.#milliseconds)
      if (end > now) return this.#setTimer(end - now)
      this.#remove(first)
      first.expire()
    }
  }
}
