import { hasCode } from '@alligator/core'
import { type Lifecycle, Silence, insist, performance } from '@alligator/core/backend'
import { Channel } from './channel.js'
import { loadFivebeans } from './driver.js'
import { CommandSocket, type Endpoint } from './socket.js'
import { maxPayloadOf } from './stored.js'

/** Seconds between two attempts: doubling from the first to the last. */
const PAUSES = { shortest: 0.01, longest: 0.5 }
/** The most bytes that any beanstalkd can be told to take. */
const MAX_JOB_SIZE = 2 ** 30

/** The way to one server: opens channels, each on a socket of its own, and has one on which nothing ever waits. */
export class Connection {
  readonly dsn: string
  /** The largest payload in bytes; the server is asked when the first task is pushed. */
  maxPayload: number = maxPayloadOf(MAX_JOB_SIZE)
  readonly #endpoint: Endpoint
  readonly #life: Lifecycle
  #line: Promise<Channel> | undefined

  constructor(endpoint: Omit<Endpoint, 'silence'>, life: Lifecycle) {
    this.#life = life
    this.dsn = endpoint.dsn
    this.#endpoint = { ...endpoint, silence: new Silence(endpoint.dsn, life) }
  }

  /** One more channel. Throws `StoreUnavailableError`, `MissingBackendError`. */
  async open(): Promise<Channel> {
    const socket = await CommandSocket.open(await loadFivebeans(), this.#endpoint)
    if (!this.#life.isOpen) socket.lose(this.#life.closedError())
    return new Channel(socket)
  }

  /** The channel for all that neither holds a job nor waits for one. */
  line(): Promise<Channel> {
    this.#line ??= this.#openLine().catch((error: unknown) => {
      this.#line = undefined
      throw error
    })
    return this.#line
  }

  /**
   * Repeats a step while the server is away, for twice the time that it may take to answer. A step whose answer was lost
   * may have been carried out, so that only what may happen twice is repeated.
   */
  insist<T>(step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const end = performance.now() + 2000 * this.#endpoint.timeout
    const isPassing = (error: unknown) => !signal?.aborted && hasCode(error, 'STORE_UNAVAILABLE')
    return insist(step, {
      ...PAUSES,
      end,
      isPassing,
      signal: this.#life.signal,
      onTrouble: this.#life.tellTrouble,
    })
  }

  async close(): Promise<void> {
    const line = await this.#line?.catch(() => undefined)
    line?.socket.lose(this.#life.closedError())
  }

  async #openLine(): Promise<Channel> {
    const channel = await this.open()
    channel.socket.whenLost(() => (this.#line = undefined))
    // It may be another server now, or one with other settings.
    this.maxPayload = maxPayloadOf(await channel.maxJobSize())
    return channel
  }
}
