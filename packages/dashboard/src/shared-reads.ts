import { Problem } from './responses.js'

/** Milliseconds that a read may take before the page is told that its store is slow. */
const SLOW = 5000
/** Milliseconds for which what was read serves whoever asks for the same: at least, and at most. */
const FRESH = 900
const STALE = 30_000
/** What takes long holds longer: no more than one part in so many of the time is spent on it. */
const REST = 10
/** Reads that a store is given at once: one that hangs does not collect more than these. */
const MOST_AT_ONCE = 24
/** Milliseconds for which a page waits for what it can do without at first. */
const PATIENCE = 40
/** Milliseconds after which a read that nothing has come of counts no longer, so that it is asked for anew. */
const GIVEN_UP = 30_000
/** What is kept at hand. */
const MOST_KEPT = 200

interface Kept {
  readonly reading: Promise<unknown>
  readonly began: number
  /** What came of the same read the last time. */
  last: unknown
  isDone: boolean
  until: number
}

/**
 * The reads of one store, however many browsers look at it: who asks for what is being read, or was read just now, gets that. A store
 * that does not answer holds up neither the page nor the app: whoever asked is told so in time, and nothing is asked for twice.
 */
export class SharedReads {
  readonly #kept = new Map<string, Kept>()
  #underWay = 0

  /** @throws Problem when it takes too long; whatever `read` throws. */
  get<T>(key: string, read: () => Promise<T>): Promise<T> {
    return inTime(this.#read(key, read).reading as Promise<T>)
  }

  /**
   * The same, for what a page can do without for a moment: then what was read before. `undefined`: nothing was. A page that does so with several
   * things has the same moment for all of them together.
   */
  async soon<T>(key: string, read: () => Promise<T>, until: number = aMoment()): Promise<T | undefined> {
    const { reading, began, isDone, last } = this.#read(key, read)
    if (!isDone && performance.now() > began + SLOW) throw slow(SLOW)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.max(0, until - performance.now()))
    })
    try {
      return (await Promise.race([reading as Promise<T>, late])) ?? (last as T | undefined)
    } finally {
      clearTimeout(timer)
    }
  }

  #read(key: string, read: () => Promise<unknown>): Kept {
    const now = performance.now()
    const kept = this.#kept.get(key)
    if (kept && (!kept.isDone || now < kept.until)) return kept
    if (this.#underWay >= MOST_AT_ONCE)
      throw new Problem(503, 'STORE_BUSY', 'The store has not answered what it was asked before.')
    this.#underWay += 1
    const reading = read()
    const entry: Kept = { reading, began: now, last: kept?.last, isDone: false, until: 0 }
    const end = (isGood: boolean) => {
      if (entry.isDone) return
      clearTimeout(timer)
      this.#underWay -= 1
      entry.isDone = true
      const end = performance.now()
      entry.until = isGood ? end + Math.min(STALE, Math.max(FRESH, (end - now) * REST)) : 0
    }
    const timer = setTimeout(() => end(false), GIVEN_UP)
    timer.unref()
    void reading.then(
      (value) => {
        entry.last = value
        end(true)
      },
      () => end(false),
    )
    this.#keep(key, entry)
    return entry
  }

  /** What was read is no longer what there is. */
  forget(): void {
    for (const [key, { isDone }] of this.#kept) if (isDone) this.#kept.delete(key)
  }

  #keep(key: string, entry: Kept): void {
    this.#kept.delete(key)
    this.#kept.set(key, entry)
    for (const [oldest, { isDone }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) return
      if (isDone) this.#kept.delete(oldest)
    }
  }
}

/** Until when a page waits for what it can do without at first. */
export function aMoment(): number {
  return performance.now() + PATIENCE
}

function slow(milliseconds: number): Problem {
  return new Problem(504, 'STORE_SLOW', `The store has not answered within ${milliseconds / 1000} s.`)
}

/** Gives what comes in time. */
export async function inTime<T>(coming: Promise<T>, milliseconds: number = SLOW): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(slow(milliseconds)), milliseconds)
    timer.unref()
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    clearTimeout(timer)
  }
}
