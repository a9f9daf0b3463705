/** What is gathered for the next call. */
interface Gathering<T, R> {
  readonly items: T[]
  readonly sent: Promise<R>
}

/**
 * Calls that would wait for each other on the server, each on a connection that nothing else can use meanwhile: of each queue one is under
 * way, and what comes until it has ended goes together in the next.
 */
export class Gathered<T, R> {
  readonly #send: (queue: string, items: readonly T[]) => Promise<R>
  readonly #gathering = new Map<string, Gathering<T, R>>()
  /** The end of the call that is under way, however it ends. */
  readonly #ends = new Map<string, Promise<void>>()

  constructor(send: (queue: string, items: readonly T[]) => Promise<R>) {
    this.#send = send
  }

  /** Gives what the call gave that the item went with. */
  add(queue: string, item: T): Promise<R> {
    const gathering = this.#gathering.get(queue)
    if (gathering) {
      gathering.items.push(item)
      return gathering.sent
    }
    const items = [item]
    const end = this.#ends.get(queue)
    if (!end) return this.#begin(queue, items)
    const sent = end.then(() => {
      this.#gathering.delete(queue)
      return this.#begin(queue, items)
    })
    this.#gathering.set(queue, { items, sent })
    return sent
  }

  #begin(queue: string, items: readonly T[]): Promise<R> {
    const sent = this.#send(queue, items)
    const over = () => {
      if (this.#ends.get(queue) === end) this.#ends.delete(queue)
    }
    const end: Promise<void> = sent.then(over, over)
    this.#ends.set(queue, end)
    return sent
  }
}
