import { Gator } from '@alligator/core'

/** What `alligator move` is asked to do, in a process of its own; gives how it ended. */
export type Move = (from: string, to: string) => Promise<number | string>

/** Moves of one round at most, after the last push: nothing is put into the source any more. */
const LAST_MOVES = 10

/** A store on which nobody works: what is put on its queues is moved to the one that has the workers. */
export class Mover implements AsyncDisposable {
  readonly main: Gator
  readonly side: Gator
  isMoving = false
  readonly #from: string
  readonly #to: string
  readonly #move: Move

  constructor(from: string, to: string, queues: readonly [main: string, side: string], move: Move) {
    const [main, side] = queues
    this.main = new Gator(from, { queueName: main })
    this.side = new Gator(this.main.backend, { queueName: side })
    this.#from = from
    this.#to = to
    this.#move = move
  }

  /** Moves what is there, while more is put there. */
  async step(): Promise<void> {
    this.isMoving = true
    await this.#move(this.#from, this.#to)
    this.isMoving = false
  }

  /** Moves all that is left, and tells what stays. */
  async finish(): Promise<readonly string[]> {
    let end: number | string = 0
    for (let moves = 0; moves < LAST_MOVES; moves += 1) {
      end = await this.#move(this.#from, this.#to)
      if ((await this.#left()) === 0) return []
    }
    return [`${await this.#left()} tasks stay where they were moved from; the last move ended with ${end}`]
  }

  async #left(): Promise<number> {
    const counts = await Promise.all(
      [this.main, this.side].map((gator) => gator.backend.counts(gator.queueName)),
    )
    return counts.reduce(
      (sum, { waiting, delayed, running, dead }) => sum + waiting + delayed + running + dead,
      0,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.main.close()
  }
}
