import type { Clock } from '../../base/clock.js'

/**
 * News for one who looks, and waits for news when there was nothing to see. What comes between the look and the waiting
 * must not be missed: so news counts from the beginning of the last look, whether anybody waits yet or not.
 *
 * @example
 * ```ts no-check
 * for (;;) {
 *   news.look()
 *   const found = await store.take() // `news.tell()` may be called meanwhile
 *   if (found) return found
 *   await news.wait(clock, 10, signal)
 * }
 * ```
 */
export class News {
  #isNew = false
  #wake: () => void = () => undefined

  /** There is news: ends the present wait, or else the next one. */
  tell(): void {
    this.#isNew = true
    this.#wake()
  }

  /** Must be called before each look: only news from then on ends the next `wait`. */
  look(): void {
    this.#isNew = false
  }

  /** Waits for news, at most for a number of seconds of the clock, or until the signal aborts. */
  wait(clock: Clock, seconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isNew || signal?.aborted) return resolve()
      const wake = () => {
        cancel()
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const cancel = clock.timer(Math.max(0, seconds), wake)
      this.#wake = wake
      signal?.addEventListener('abort', wake)
    })
  }
}
