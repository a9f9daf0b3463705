import { randomBytes, randomInt } from 'node:crypto'

/** How many clients can be told apart: together with 32 bits for each hand-out, a number fits into a bigint. */
const HOLDERS = 2 ** 31 - 1
const BITS = 32n

/**
 * The numbers of one client's leases: a range of its own, so that whatever it holds can be found by them. Each statement that
 * hands out has one number, its base, which is mixed with the place of each task to make a number for each: a lease then
 * proves itself without its task.
 */
export class Leases {
  readonly #holder: bigint = BigInt(1 + randomInt(HOLDERS - 1)) << BITS

  get first(): string {
    return String(this.#holder)
  }

  get last(): string {
    return String(this.#holder + (1n << BITS) - 1n)
  }

  /** The base of a statement that hands out: at random, since two of one client must not be near each other. */
  next(): string {
    return String(this.#holder + BigInt(randomBytes(4).readUInt32LE()))
  }
}
