import { TALLY_NAMES, tallyOf } from '../backend/tally.js'
import type { Tallies } from '../backend/facets.js'
import type { Outcome } from '../events/events.js'

/** The places of the numbers of one queue. */
const PLACES = Object.fromEntries(TALLY_NAMES.map((name, at) => [name, at])) as Readonly<
  Partial<Record<Outcome, number>> & Record<'runs' | 'seconds', number>
>

/**
 * Counts how the attempts of a worker end, until its store gets them: with each announcement, and as the worker ends. Outcomes that say
 * nothing of a task, such as its being handed back, are not counted.
 */
export class EndedTries {
  /** For each queue; a number that changes with each task costs no memory there. */
  readonly #counts = new Map<string, Float64Array>()
  #lastQueue = ''
  #last: Float64Array | undefined

  /** An attempt has ended, after a number of seconds unless it never began. */
  add(queue: string, outcome: Outcome, seconds: number | undefined): void {
    const place = PLACES[outcome]
    if (place === undefined) return
    const counts = this.#last && queue === this.#lastQueue ? this.#last : this.#of(queue)
    counts[place] = (counts[place] ?? 0) + 1
    if (seconds === undefined) return
    counts[PLACES.runs] = (counts[PLACES.runs] ?? 0) + 1
    counts[PLACES.seconds] = (counts[PLACES.seconds] ?? 0) + seconds
  }

  /**
   * Reports to a store what has not been reported; where that fails, it is reported the next time. If the store did it all the same, and only its answer
   * was lost for good, it is counted twice: the figures are for people.
   */
  async tell(store: Tallies): Promise<void> {
    await Promise.all(Array.from(this.#counts, ([queue, counts]) => tellOf(store, queue, counts)))
  }

  #of(queue: string): Float64Array {
    const counts = this.#counts.get(queue) ?? new Float64Array(TALLY_NAMES.length)
    this.#counts.set(queue, counts)
    this.#lastQueue = queue
    this.#last = counts
    return counts
  }
}

async function tellOf(store: Tallies, queue: string, counts: Float64Array): Promise<void> {
  if (counts.every((count) => count === 0)) return
  const told = counts.slice()
  counts.fill(0)
  try {
    await store.add(queue, tallyOf([...told]))
  } catch (error) {
    // More may have ended meanwhile.
    for (const [place, count] of told.entries()) counts[place] = (counts[place] ?? 0) + count
    throw error
  }
}
