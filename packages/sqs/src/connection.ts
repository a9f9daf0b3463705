import { type Lifecycle, Silence, clearTimeout, setTimeout } from '@alligator/core/backend'
import {
  type Destroyable,
  type Operations,
  type SqsConnection,
  type SqsDriver,
  connect,
  connectToWait,
  loadSdk,
} from './driver.js'
import type { SqsSettings } from './settings.js'
import { isMissingQueue, storeError } from './store-error.js'

/** Seconds that a request may take, all its attempts together; a long poll may take that much longer than its wait. */
const PATIENCE = 10

type Opened = readonly [driver: SqsDriver, client: SqsConnection, polling: SqsConnection]

/**
 * The way to SQS: clients of the SDK, made on first use, or the app's own. What waits has one of its own: the SDK keeps to a
 * number of sockets, and long polls on as many queues would leave none to push, to renew or to acknowledge.
 */
export class Connection {
  readonly dsn: string
  readonly #given: SqsConnection | undefined
  readonly #settings: SqsSettings
  readonly #life: Lifecycle
  #opening: Promise<Opened> | undefined
  readonly #own: Destroyable[] = []
  readonly #silence: Silence
  #hasWorked = false

  constructor(dsn: string, given: SqsConnection | undefined, settings: SqsSettings, life: Lifecycle) {
    this.dsn = dsn
    this.#given = given
    this.#settings = settings
    this.#life = life
    this.#silence = new Silence(dsn, life)
  }

  /**
   * Makes one request, which may wait so many seconds for its answer.
   *
   * @throws StoreUnavailableError or StoreUnusableError; the SDK's own error for a queue that does not exist.
   */
  async send<N extends keyof Operations>(
    name: N,
    input: Operations[N][0],
    wait = 0,
  ): Promise<Operations[N][1]> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), (wait + PATIENCE) * 1000)
    // A long poll may well be answered late.
    if (wait === 0) this.#silence.ask()
    try {
      const [driver, client, polling] = await this.#open()
      const Command = driver[`${name}Command`] as new (input: Operations[N][0]) => object
      const answer = await (wait > 0 ? polling : client).send(new Command(input), {
        abortSignal: timeout.signal,
      })
      this.#hasWorked = true
      this.#silence.answer()
      return answer as Operations[N][1]
    } catch (error) {
      throw isMissingQueue(error) ? error : storeError(error, this.dsn, name, this.#hasWorked)
    } finally {
      clearTimeout(timer)
      if (wait === 0) this.#silence.end()
    }
  }

  /** Closes the sockets, unless the client is the app's. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    for (const own of this.#own) own.destroy()
  }

  #open(): Promise<Opened> {
    if (this.#life.isClosed) throw this.#life.closedError()
    this.#opening ??= this.#connect()
    return this.#opening
  }

  async #connect(): Promise<Opened> {
    try {
      const driver = await loadSdk()
      if (this.#given) return [driver, this.#given, this.#given]
      const [client, polling] = [connect(driver, this.#settings), connectToWait(driver, this.#settings)]
      this.#own.push(client, polling)
      return [driver, client, polling]
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}
