/** Lets a number of steps be under way at once; the others wait for their turn, the first one first. */
export class Turns {
  readonly most: number
  #underWay = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.most = most
  }

  /** Begins a step when it may. */
  async take<T>(step: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.most) this.#underWay += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await step()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#underWay -= 1
    }
  }
}
