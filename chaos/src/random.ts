/** Random choices that a seed repeats. */
export class Random {
  #state: number

  constructor(seed: number, use = '') {
    this.#state = seed | 0
    // Each use has choices of its own, whatever the others ask for.
    for (const letter of use) this.#state = (Math.imul(this.#state, 31) + (letter.codePointAt(0) ?? 0)) | 0
  }

  /** From 0 to 1, by mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.next()
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  one<T>(among: readonly T[]): T {
    const chosen = among[Math.floor(this.next() * among.length)]
    if (chosen === undefined) throw new Error('There is nothing to choose from.')
    return chosen
  }
}
