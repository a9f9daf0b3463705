import type { Awaitable } from '../../base/awaitable.js'
import { ClosedError } from '../../errors/index.js'
import type { TroubleListener } from '../contract.js'

/**
 * The life of a client.
 *
 * - _Open_: until `close` is called.
 * - _Closing_: new calls are refused with `ClosedError`. Waits and pauses end early; everything else that was asked before
 *   goes on to its end.
 * - _Closed_: nothing is under way any more, and the connections end.
 *
 * @example
 * ```ts no-check
 * const life = new Lifecycle('This Redis client')
 * await life.run(() => connection.send('PING')) // `close` waits for it
 * await life.close(() => stopWaiting(), () => connection.disconnect())
 * await life.run(() => connection.send('PING')) // throws ClosedError
 * ```
 */
export class Lifecycle {
  readonly #what: string
  readonly #closing = new AbortController()
  readonly #troubleListeners = new Set<TroubleListener>()
  /** The calls that have begun and not ended. */
  #underWay = 0
  #onIdle: () => void = () => undefined
  #isOpen = true
  #isClosed = false
  #end: Promise<void> | undefined

  /** `what`: what messages call the client. */
  constructor(what: string) {
    this.#what = what
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether nothing is under way any more, so that no connection is needed. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Aborts when the client begins to close. */
  get signal(): AbortSignal {
    return this.#closing.signal
  }

  /** Whether nobody needs the answer any more: the client closes, or its caller has aborted. */
  isOver(signal: AbortSignal | undefined): boolean {
    return !this.#isOpen || signal?.aborted === true
  }

  /** @throws ClosedError unless the client is open. */
  check(): void {
    if (!this.#isOpen) throw this.closedError()
  }

  /** For those who reject instead of throwing. */
  closedError(): ClosedError {
    return new ClosedError(this.#what)
  }

  /** For `Client.onTrouble`. */
  onTrouble(listener: TroubleListener): () => void {
    this.#troubleListeners.add(listener)
    return () => this.#troubleListeners.delete(listener)
  }

  /** Tells those who listen that the store is away, and for how many seconds it has been; or, of nothing, that it has answered. */
  readonly tellTrouble = (error: unknown, seconds: number = 0): void => {
    for (const listener of this.#troubleListeners) listener(error, seconds)
  }

  /** Makes a call that `close` waits for. @throws ClosedError */
  async run<T>(call: () => Awaitable<T>): Promise<T> {
    this.check()
    this.begin()
    try {
      return await call()
    } finally {
      this.end()
    }
  }

  /** Counts a call that `close` must wait for, open or closing; its `end` must follow. */
  begin(): void {
    this.#underWay += 1
  }

  end(): void {
    this.#underWay -= 1
    if (this.#underWay === 0) this.#onIdle()
  }

  /**
   * Closes the client. `stop` ends its waits, and sends what still waits to be sent; then every call ends; then
   * `disconnect` ends the connections. Calling it again gives the same promise.
   */
  close(stop: () => Awaitable<void>, disconnect: () => Awaitable<void>): Promise<void> {
    this.#isOpen = false
    this.#end ??= this.#close(stop, disconnect)
    return this.#end
  }

  async #close(stop: () => Awaitable<void>, disconnect: () => Awaitable<void>): Promise<void> {
    this.#closing.abort()
    await stop()
    while (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    this.#isClosed = true
    await disconnect()
  }
}
