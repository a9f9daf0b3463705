import { NORMAL, PRIORITIES, SHARES } from '../../base/priorities.js'

/** How far each level's clock is ahead of the one that is furthest behind, in the order of `PRIORITIES`. */
export type LevelClocks = readonly number[]

const EVEN: LevelClocks = PRIORITIES.map(() => 0)
/** Clocks by which no level has its turn before those above it are empty. */
export const STRICT_CLOCKS: LevelClocks = PRIORITIES.map((_, level) => level * 1e9)

/**
 * Shares what is taken from a queue among its levels, 16 : 8 : 4 : 2 : 1 while all have enough. Each task moves the clock of its
 * level on by one part in its share, and the level whose clock is furthest behind is next, so that none starves and the
 * shares are even. A level that has nothing saves nothing up: its clock goes with the one that was served last.
 *
 * Of queues on which all is normal nothing is kept.
 */
export class LevelShares {
  readonly #clocks = new Map<string, LevelClocks>()

  /** The clocks of a queue; `undefined` while all are even. */
  clocksOf(queue: string): LevelClocks | undefined {
    return this.#clocks.get(queue)
  }

  /**
   * The levels of the next tasks of a queue, in their order, where the given numbers of tasks wait at each level: at most `room` of them, and
   * all while there is room. It counts them as taken.
   */
  next(queue: string, waiting: readonly number[], room: number, isStrict: boolean): number[] {
    const clocks = isStrict ? STRICT_CLOCKS : (this.clocksOf(queue) ?? EVEN)
    const levels = turns(clocks, waiting, room)
    this.took(queue, levels, room)
    return levels
  }

  /** Takes note of the levels of what was taken, `room` having been asked for: if there was less, nothing is left that waits. */
  took(queue: string, levels: readonly number[], room: number): void {
    const before = this.#clocks.get(queue)
    if (levels.length < room) {
      this.#clocks.delete(queue)
    } else if (before !== undefined || levels.some((level) => level !== NORMAL)) {
      this.#clocks.set(queue, moveOn(before ?? EVEN, levels))
    }
  }
}

/** The levels whose turn it is, by their clocks. */
export function turns(clocks: LevelClocks, waiting: readonly number[], room: number): number[] {
  const [ahead, left] = [[...clocks], [...waiting]]
  const levels: number[] = []
  while (levels.length < room) {
    let next = -1
    for (const [level, count] of left.entries())
      if (count > 0 && (next < 0 || (ahead[level] ?? 0) < (ahead[next] ?? 0))) next = level
    if (next < 0) break
    levels.push(next)
    left[next] = (left[next] ?? 0) - 1
    ahead[next] = (ahead[next] ?? 0) + 1 / (SHARES[next] ?? 1)
  }
  return levels
}

function moveOn(clocks: LevelClocks, levels: readonly number[]): LevelClocks {
  const ahead = [...clocks]
  let served = 0
  for (const level of levels) {
    served = Math.max(served, ahead[level] ?? 0)
    ahead[level] = (ahead[level] ?? 0) + 1 / (SHARES[level] ?? 1)
  }
  return ahead.map((clock) => Math.max(0, clock - served))
}
