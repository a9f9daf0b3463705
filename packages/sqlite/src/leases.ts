import { randomInt } from 'node:crypto'

/** How many clients can be told apart, and how many leases of each before their numbers come again: together, a number is below 2^52. */
const HOLDERS = 2 ** 32
const COUNT = 2 ** 20

/**
 * The numbers of one client's leases: a range of its own, so that whatever it holds can be found by them. Two clients have the
 * same range with a probability of 1 in 2^32.
 */
export class Leases {
  readonly first: number = randomInt(HOLDERS) * COUNT
  readonly last: number = this.first + COUNT - 1
  #taken = 0

  /** The number of the next lease. */
  next(): number {
    this.#taken = (this.#taken + 1) % COUNT
    return this.first + this.#taken
  }
}
