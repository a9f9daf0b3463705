import { setImmediate } from '@alligator/core/backend'

/** Entries of one request at most. */
const LARGEST_BATCH = 10
/** Requests of one kind to one queue that are under way at once; what comes meanwhile fills the next batches. */
const LANES = 16

interface Waiting<E, R> {
  readonly entry: E
  readonly size: number
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

/** Sends one batch; gives the result of each entry. */
export type Carry<E, R> = (entries: readonly E[]) => Promise<readonly R[]>

/** Puts entries that are given within one turn of the event loop into requests of ten. An entry that is alone waits for nothing. */
export class Batches<E, R> {
  readonly #carry: Carry<E, R>
  readonly #largest: number
  readonly #lanes: number
  #waiting: Waiting<E, R>[] = []
  #scheduled = false
  #underWay = 0

  /** `largest`: bytes of a batch at most. With `inOrder`, one batch is carried after the other. */
  constructor(carry: Carry<E, R>, largest: number = Number.POSITIVE_INFINITY, inOrder = false) {
    this.#carry = carry
    this.#largest = largest
    this.#lanes = inOrder ? 1 : LANES
  }

  /** Resolves with the result of this entry. */
  add(entry: E, size = 0): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, size, resolve, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#start()
      })
    })
  }

  #start(): void {
    let begin = 0
    for (; begin < this.#waiting.length && this.#underWay < this.#lanes;) {
      const end = this.#endOfBatch(begin)
      void this.#send(this.#waiting.slice(begin, end))
      begin = end
    }
    if (begin > 0) this.#waiting = this.#waiting.slice(begin)
  }

  #endOfBatch(begin: number): number {
    let bytes = 0
    for (let at = begin; at < begin + LARGEST_BATCH; at += 1) {
      bytes += this.#waiting[at]?.size ?? Number.POSITIVE_INFINITY
      if (bytes > this.#largest || at >= this.#waiting.length) return Math.max(at, begin + 1)
    }
    return begin + LARGEST_BATCH
  }

  async #send(batch: readonly Waiting<E, R>[]): Promise<void> {
    this.#underWay += 1
    try {
      const results = await this.#carry(batch.map(({ entry }) => entry))
      for (const [at, result] of results.entries()) batch[at]?.resolve(result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    this.#underWay -= 1
    this.#start()
  }
}

/** Like `Promise.all`, but waits for all of them also when one fails. */
export async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
