import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { StoreUnavailableError } from '@alligator/core'
import type { client as Client } from 'fivebeans'
import { Answer } from './answer.js'
import type { Driver } from './driver.js'
import { connectionError } from './store-error.js'

/** Reads an answer: one bare word instead of what was expected, or else its one or two parts. May throw. */
export type Read<T> = (problem: string | null, first: unknown, second: unknown) => T

/** Where a server is, and how long it may take to answer, in seconds. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly dsn: string
  readonly timeout: number
}

/** The commands that the driver sends, by the names that it gives them. */
export type Command =
  | 'use'
  | 'watch'
  | 'ignore'
  | 'release'
  | 'bury'
  | 'touch'
  | 'peek'
  | 'peek_delayed'
  | 'peek_buried'
  | 'stats_job'
  | 'stats_tube'
  | 'stats'

/** What the server answers to a command that was sent as it is written. */
export type Expected = 'INSERTED' | 'RESERVED' | 'DELETED'

/** Bytes that are worth a write of their own. */
const MUCH = 8192

interface Pending {
  /** On `performance.now()`. */
  readonly until: number
  readonly reject: (error: Error) => void
}

/**
 * One connection for one life. The driver forgets what it was asked when its connection goes, and gives answers to the
 * wrong askers once it connects again: so that here each command is answered, or rejected when the connection is lost or
 * the answer takes too long; and then the connection is over, and whoever needs one opens another.
 */
export class CommandSocket {
  readonly dsn: string
  readonly #client: Client
  readonly #socket: Socket
  readonly #timeout: number
  /** In the order of asking, which is that of the answers. */
  readonly #pending = new Set<Pending>()
  readonly #onLost: (() => void)[] = []
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  /** What goes out at the end of this turn of the event loop: a character for each byte. */
  #outgoing = ''

  /** @throws StoreUnavailableError */
  static open(driver: Driver, endpoint: Endpoint): Promise<CommandSocket> {
    return new Promise((resolve, reject) => {
      const client = new driver(endpoint.host, endpoint.port)
      const socket = new CommandSocket(client, endpoint)
      const connecting = socket.#expect(endpoint.timeout, reject)
      client.once('connect', () => {
        socket.#pending.delete(connecting)
        resolve(socket)
      })
    })
  }

  private constructor(client: Client, { dsn, timeout }: Endpoint) {
    this.dsn = dsn
    this.#client = client
    this.#timeout = timeout
    client.on('error', (error) => this.lose(connectionError(error, dsn)))
    client.on('close', () => this.lose(connectionError(new Error('the connection was closed'), dsn)))
    client.connect()
    this.#socket = (client.stream as Socket).setNoDelay(true).setKeepAlive(true, 30_000)
    client.stream = { write: (command) => this.#gather(command.toString('latin1')) }
  }

  get isLost(): boolean {
    return this.#failure !== undefined
  }

  /** Has the driver send a command, and reads its answer. */
  ask<T>(command: Command, args: readonly (string | number)[], read: Read<T>, wait = 0): Promise<T> {
    return this.#answer(read, wait, (answer) =>
      (this.#client[command] as (...args: unknown[]) => void)(...args, answer),
    )
  }

  /**
   * Sends a command as it is written, a character for each byte, and reads its answer, which begins with the expected word.
   * The driver makes more copies of both, which counts for the commands that each task needs.
   */
  send<T>(command: string, expected: Expected, read: Read<T>, wait = 0): Promise<T> {
    return this.#answer(read, wait, (answer) => {
      this.#client.handlers.push([new Answer(expected, expected === 'RESERVED'), answer])
      this.#gather(command)
    })
  }

  /** Calls back once the connection is over. */
  whenLost(callback: () => void): void {
    this.#onLost.push(callback)
  }

  /** Ends the connection, at once; what is unanswered is rejected. */
  lose(reason: Error): void {
    if (this.#failure) return
    this.#failure = reason
    clearTimeout(this.#timer)
    this.#socket.destroy()
    for (const { reject } of this.#pending) reject(reason)
    this.#pending.clear()
    for (const callback of this.#onLost) callback()
  }

  /** Waits for an answer as long as the time limit, and `wait` seconds more. */
  #answer<T>(read: Read<T>, wait: number, send: (answer: Read<void>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      const pending = this.#expect(wait + this.#timeout, reject)
      send((problem, first, second) => {
        this.#pending.delete(pending)
        try {
          resolve(read(problem, first, second))
        } catch (error) {
          reject(error as Error)
        }
      })
    })
  }

  /** What is asked in one turn of the event loop goes out together; when it is much, the server begins with a part. */
  #gather(command: string): void {
    if (this.#outgoing === '') setImmediate(() => this.#flush())
    this.#outgoing += command
    if (this.#outgoing.length >= MUCH) this.#flush()
  }

  #flush(): void {
    if (this.#outgoing === '') return
    this.#socket.write(this.#outgoing, 'latin1')
    this.#outgoing = ''
  }

  #expect(seconds: number, reject: (error: Error) => void): Pending {
    const pending = { until: performance.now() + 1000 * seconds, reject }
    this.#pending.add(pending)
    if (pending.until < this.#timerAt) this.#lookAt(pending.until)
    return pending
  }

  #lookAt(time: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = time
    // The longest that a timer can count.
    const milliseconds = Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(time - performance.now())))
    this.#timer = setTimeout(() => this.#look(), milliseconds)
  }

  /** Gives the connection up when the next answer is overdue. */
  #look(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    const [next] = this.#pending
    if (!next) return
    if (next.until > performance.now()) return this.#lookAt(next.until)
    const why = `there was no answer within ${this.#timeout} s`
    this.lose(new StoreUnavailableError(this.dsn, why, 'What was asked may be tried again.'))
  }
}
