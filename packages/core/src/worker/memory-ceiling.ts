import type { Clock } from '../base/clock.js'
import { InvalidOptionError } from '../errors/index.js'

/** Seconds between two looks while no task ends. */
const PERIOD = 1

/** Watches how much memory this process takes. */
export class MemoryCeiling {
  readonly #bytes: number
  readonly #clock: Clock
  readonly #reached = new AbortController()
  #cancel: (() => void) | undefined

  /** @param bytes 0 is no ceiling. */
  constructor(bytes: number, clock: Clock) {
    this.#bytes = bytes
    this.#clock = clock
    const taken = process.memoryUsage.rss()
    if (bytes > 0 && taken >= bytes)
      throw new InvalidOptionError(
        'maxMemory',
        bytes,
        `This process takes ${taken} bytes before its first task; pass clearly more.`,
      )
  }

  /** Aborts when the process takes as much or more. */
  get reached(): AbortSignal {
    return this.#reached.signal
  }

  /** Looks every second from now on, until `stop`. */
  watch(): void {
    if (this.#bytes === 0) return
    this.check()
    this.#cancel = this.#clock.timer(PERIOD, () => this.watch())
  }

  check(): void {
    if (this.#bytes > 0 && process.memoryUsage.rss() >= this.#bytes) this.#reached.abort()
  }

  /** Ends its timer. */
  stop(): void {
    this.#cancel?.()
  }
}
