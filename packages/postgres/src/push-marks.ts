import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.js'

/** How many marks that are not needed any more are kept, to be forgotten by one statement. */
const MOST_KEPT = 1000
/** Hexadecimal digits of a uuid: those that are one client's alone, and those that count its pushes. */
const DIGITS = { client: 20, count: 12 }

/**
 * The marks of pushes, by which a second try knows what became of the first one. One whose push was answered is needed no more, and is
 * forgotten together with those before it. Were two pushes to have the same mark, one of them would be lost: so none may.
 */
export class PushMarks {
  readonly #connection: Connection
  readonly #client: string = randomBytes(DIGITS.client / 2).toString('hex')
  readonly #inUse = new Set<number>()
  #oldest = 1
  #last = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The number of the next push. */
  take(): number {
    this.#last += 1
    this.#inUse.add(this.#last)
    return this.#last
  }

  /** The mark with this number, as the server reads it. */
  read(number: number): string {
    return this.#client + number.toString(16).padStart(DIGITS.count, '0')
  }

  /** Its push was answered, or given up. */
  giveBack(number: number): void {
    this.#inUse.delete(number)
    const [firstInUse = this.#last + 1] = this.#inUse
    if (firstInUse - this.#oldest < MOST_KEPT) return
    const range = [this.read(this.#oldest), this.read(firstInUse - 1)]
    this.#oldest = firstInUse
    // Those that are left are forgotten by workers, in time.
    void this.#connection.run(this.#connection.statements.forgetPushes, () => range).catch(() => undefined)
  }
}
