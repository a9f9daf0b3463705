import type { Client } from '../backend/client.js'
import type { Clock } from '../base/clock.js'
import type { EventStream } from '../events/event-stream.js'

/** Seconds for which a store may be away without a word: a lost connection is most often replaced at once. */
const PATIENCE = 1

/** Whose store is watched, and what is called. */
export interface StoreWatchOptions {
  readonly backend: Client
  readonly clock: Clock
  readonly events: EventStream
  readonly ident: () => string
  /** Called when the store is found to be away. */
  readonly onAway: () => void
}

/**
 * Reports that the store is away, and that it is back, with the time since the first failure. A client repeats a call for some
 * time before the call fails, so this also listens to what the client meets meanwhile.
 */
export class StoreWatch {
  readonly #options: StoreWatchOptions
  #awaySince: number | undefined
  #isTold = false
  #unlisten: (() => void) | undefined
  #cancelTimer: (() => void) | undefined

  constructor(options: StoreWatchOptions) {
    this.#options = options
  }

  begin(): void {
    this.#unlisten ??= this.#options.backend.onTrouble((error, seconds) => {
      if (error === undefined) this.back()
      else this.#meet(error, seconds)
    })
  }

  end(): void {
    this.#unlisten?.()
    this.#unlisten = undefined
    this.#forget()
  }

  /** Since when the store is away, by the clock. */
  get awaySince(): number | undefined {
    return this.#awaySince
  }

  /** A call has failed in the end; the next is made after a pause. */
  failed(error: unknown, pause: number): void {
    this.#awaySince ??= this.#options.clock.now()
    this.#tell(error, pause)
  }

  /** The store has answered. */
  back(): void {
    const { clock, events, ident } = this.#options
    const since = this.#awaySince
    if (since !== undefined && this.#isTold)
      events.emit({ type: 'worker:reconnect', worker: ident(), seconds: clock.now() - since })
    this.#forget()
  }

  #meet(error: unknown, seconds: number): void {
    const { clock } = this.#options
    this.#awaySince ??= clock.now() - seconds
    if (this.#isTold) return
    this.#cancelTimer?.()
    const left = Math.max(0, this.#awaySince + PATIENCE - clock.now())
    this.#cancelTimer = clock.timer(left, () => this.#tell(error, 0))
  }

  #tell(error: unknown, pause: number): void {
    const { events, ident, onAway } = this.#options
    this.#cancelTimer?.()
    this.#isTold = true
    onAway()
    events.emit({ type: 'worker:disconnect', worker: ident(), error, pause })
  }

  #forget(): void {
    this.#cancelTimer?.()
    this.#awaySince = undefined
    this.#isTold = false
  }
}
