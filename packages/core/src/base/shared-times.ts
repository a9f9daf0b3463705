/** Seconds of a clock that all threads of a process share, and that nobody can set. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e9
}

/** What is sent to another thread, so that both have the same moments. */
export type TimeWords = BigInt64Array<SharedArrayBuffer>

/**
 * Moments, by `monotonic`, in memory that threads share: they can be read while the event loop stands still, and no message gets
 * through. 0 is none. They are kept as whole numbers, which no thread can read half-written.
 */
export class SharedTimes {
  readonly words: TimeWords

  constructor(words: number | TimeWords) {
    this.words = typeof words === 'number' ? new BigInt64Array(new SharedArrayBuffer(8 * words)) : words
  }

  get(at: number): number {
    return Number(Atomics.load(this.words, at)) / 1e9
  }

  set(at: number, seconds: number): void {
    Atomics.store(this.words, at, BigInt(Math.round(seconds * 1e9)))
  }
}
