import type { Lifecycle } from '@alligator/core/backend'
import {
  type Destroyable,
  type Operations,
  type SqsConnection,
  type SqsDriver,
  connect,
  loadSdk,
} from './driver.js'
import type { SqsSettings } from './settings.js'
import { isMissingQueue, storeError } from './store-error.js'

/** Seconds that a request may take, all its attempts together; a long poll may take that much longer than its wait. */
const PATIENCE = 10

type Opened = readonly [SqsDriver, SqsConnection]

/** The way to SQS: the SDK's client, made on first use, or the app's own. */
export class Connection {
  readonly dsn: string
  readonly #given: SqsConnection | undefined
  readonly #settings: SqsSettings
  readonly #life: Lifecycle
  #opening: Promise<Opened> | undefined
  #own: Destroyable | undefined

  constructor(dsn: string, given: SqsConnection | undefined, settings: SqsSettings, life: Lifecycle) {
    this.dsn = dsn
    this.#given = given
    this.#settings = settings
    this.#life = life
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
    try {
      const [driver, client] = await this.#open()
      const Command = driver[`${name}Command`] as new (input: Operations[N][0]) => object
      return (await client.send(new Command(input), { abortSignal: timeout.signal })) as Operations[N][1]
    } catch (error) {
      throw isMissingQueue(error) ? error : storeError(error, this.dsn, name)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Closes the sockets, unless the client is the app's. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    this.#own?.destroy()
  }

  #open(): Promise<Opened> {
    if (this.#life.isClosed) throw this.#life.closedError()
    this.#opening ??= this.#connect()
    return this.#opening
  }

  async #connect(): Promise<Opened> {
    try {
      const driver = await loadSdk()
      if (this.#given) return [driver, this.#given]
      const client = connect(driver, this.#settings)
      this.#own = client
      return [driver, client]
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }
}
