import type { WorkerInfo } from '@alligator/core'

/** Seconds over which a rate is reckoned: workers tell every ten how far they are. */
const SPAN = 60
/** Seconds without which a rate says nothing. */
const LEAST = 5

interface Sample {
  readonly at: number
  readonly done: number
}

/** How many tries workers make each second, by what they said of themselves from one look to the next. */
export class Rates {
  #samples = new Map<string, Sample[]>()

  /** Keeps what workers say now; of those that are gone nothing is kept. */
  add(now: number, workers: readonly WorkerInfo[]): void {
    const samples = new Map<string, Sample[]>()
    for (const { id, tasksComplete: done } of workers) {
      const before = (this.#samples.get(id) ?? []).filter(({ at }) => at >= now - SPAN)
      samples.set(id, [...before, { at: now, done }].slice(-SPAN))
    }
    this.#samples = samples
  }

  /** `undefined`: it was not looked at for long enough. */
  of(id: string): number | undefined {
    const samples = this.#samples.get(id) ?? []
    const [first, last] = [samples[0], samples.at(-1)]
    if (!first || !last || last.at - first.at < LEAST) return undefined
    return Math.max(0, last.done - first.done) / (last.at - first.at)
  }

  /** Of all workers together. */
  get total(): number | undefined {
    const rates = [...this.#samples.keys()].flatMap((id) => this.of(id) ?? [])
    return rates.length > 0 ? rates.reduce((sum, rate) => sum + rate, 0) : undefined
  }
}
