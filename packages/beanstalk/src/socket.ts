import type { Socket } from 'node:net'
import { StoreUnavailableError } from '@alligator/core'
import type { client as Client } from 'fivebeans'
import { type Silence, clearTimeout, performance, setImmediate, setTimeout } from '@alligator/core/backend'
import { type Answer, AnswerReader, NoAnswerError } from './answer.js'
import type { Driver } from './driver.js'
import { Outbox } from './outbox.js'
import { connectionError, isRefusal, strangeAnswer } from './store-error.js'

/** Reads an answer: `problem` is the word that came instead of the expected one. May throw. */
export type Read<T> = (problem: string | null, answer: Answer) => T

/** Where a server is, and how long it may be silent when it should answer, in seconds. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly dsn: string
  readonly timeout: number
  /** Tells that nothing is answered, long before that. */
  readonly silence: Silence
}

/** What the server answers when it does what it is asked to. */
export type Expected =
  | 'INSERTED'
  | 'RESERVED'
  | 'FOUND'
  | 'OK'
  | 'USING'
  | 'WATCHING'
  | 'RELEASED'
  | 'BURIED'
  | 'TOUCHED'
  | 'DELETED'

/** The longest that a timer can count, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What is to be answered, or is to happen, on a connection. */
interface Pending {
  /** On `performance.now()`. */
  readonly since: number
  readonly until: number
  /** How many bytes will have gone out when its command has. */
  readonly end: number
  /** Whether it was seen that they take long to go. */
  isLong: boolean
  /** Whether the server may well answer late. */
  readonly mayWait: boolean
  readonly expected: Expected | undefined
  answer(answer: Answer): void
  reject(error: Error): void
  next: Pending | undefined
}

/**
 * One connection for one life. The driver makes it, and has no other part: commands are written here and answers read here,
 * for what the server says must not reach the driver's reader of YAML, which builds functions of it. Each command
 * is answered, or rejected when the connection is lost or nothing comes for too long; and then the connection is over, and
 * whoever needs one opens another. While nothing is to be answered it keeps no process alive.
 */
export class CommandSocket {
  readonly dsn: string
  readonly #socket: Socket
  readonly #outbox: Outbox
  readonly #reader = new AnswerReader()
  /** Milliseconds. */
  readonly #timeout: number
  readonly #silence: Silence
  /** In the order of asking, which is that of the answers. */
  #first: Pending | undefined
  #last: Pending | undefined
  #heardAt = 0
  readonly #onLost: (() => void)[] = []
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY

  /** @throws StoreUnavailableError */
  static open(driver: Driver, endpoint: Endpoint): Promise<CommandSocket> {
    return new Promise((resolve, reject) => {
      const client = new driver(endpoint.host, endpoint.port)
      const socket = new CommandSocket(client, endpoint)
      socket.#expect({ expected: undefined, wait: 0, answer: () => undefined, reject })
      client.once('connect', () => {
        socket.#shift()
        resolve(socket)
      })
    })
  }

  private constructor(client: Client, { dsn, timeout, silence }: Endpoint) {
    this.dsn = dsn
    this.#silence = silence
    this.#timeout = 1000 * timeout
    client.on('error', (error) => this.lose(connectionError(error, dsn)))
    client.on('close', () => this.lose(connectionError(new Error('the connection was closed'), dsn)))
    client.connect()
    this.#socket = client.stream.setNoDelay(true).setKeepAlive(true, 30_000)
    this.#socket.removeAllListeners('data').on('data', (chunk) => this.#hear(chunk))
    this.#outbox = new Outbox(this.#socket)
  }

  get isLost(): boolean {
    return this.#failure !== undefined
  }

  /**
   * Sends a command as it is written, a character for each byte, and reads its answer, for which the server may take `wait`
   * seconds more than usual.
   */
  send<T>(command: string, expected: Expected, read: Read<T>, wait = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure)
      this.#outbox.add(command)
      const answer = (given: Answer) => {
        try {
          resolve(read(given.word === expected ? null : given.word, given))
        } catch (error) {
          reject(error instanceof NoAnswerError ? strangeAnswer(error, this.dsn) : (error as Error))
        }
      }
      this.#expect({ expected, wait, answer, reject })
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
    for (let pending = this.#first; pending; pending = pending.next) {
      if (!pending.mayWait) this.#silence.end()
      pending.reject(reason)
    }
    this.#first = this.#last = undefined
    for (const callback of this.#onLost) callback()
  }

  #hear(chunk: Buffer): void {
    if (this.#failure) return
    this.#heardAt = performance.now()
    this.#silence.answer(this.#heardAt)
    try {
      this.#reader.read(chunk, (answer) => this.#take(answer))
    } catch (error) {
      this.lose(strangeAnswer(error as NoAnswerError, this.dsn))
    }
  }

  /** @throws NoAnswerError when nobody has asked for it. */
  #take(answer: Answer): void {
    if (this.#failure) return
    const pending = this.#first
    const { word } = answer
    if (!pending?.expected || (word !== pending.expected && !isRefusal(word))) throw new NoAnswerError(word)
    this.#shift()
    pending.answer(answer)
  }

  /** Waits for an answer as long as the time limit, and `wait` seconds more. */
  #expect({ wait, ...asked }: Pick<Pending, 'expected' | 'answer' | 'reject'> & { wait: number }): void {
    const since = performance.now()
    const until = since + 1000 * wait + this.#timeout
    const pending: Pending = {
      ...asked,
      since,
      until,
      end: this.#outbox.given,
      isLong: false,
      mayWait: wait > 0,
      next: undefined,
    }
    if (!pending.mayWait) this.#silence.ask(since)
    if (this.#last) this.#last.next = pending
    else {
      this.#first = pending
      this.#socket.ref()
    }
    this.#last = pending
    if (until < this.#timerAt) this.#lookAt(until)
  }

  #shift(): void {
    if (this.#first && !this.#first.mayWait) this.#silence.end()
    this.#first = this.#first?.next
    if (this.#first) return
    this.#last = undefined
    this.#socket.unref()
  }

  #lookAt(time: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = time
    const milliseconds = Math.min(LONGEST_TIMER, Math.max(0, Math.ceil(time - performance.now())))
    this.#timer = setTimeout(() => this.#look(), milliseconds).unref()
  }

  #look(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    if (!this.#first) return
    const until = this.#untilOf(this.#first)
    if (until > performance.now()) return this.#lookAt(until)
    // It may be this process that stood still: what has come meanwhile is read first, and what waits to go out goes.
    setImmediate(() => this.#judge())
  }

  /** Gives the connection up when the next answer is overdue, and nothing gets on. */
  #judge(): void {
    if (!this.#first) return
    const until = this.#untilOf(this.#first)
    if (until > performance.now()) return this.#lookAt(until)
    const why = `there was no answer within ${this.#timeout / 1000} s`
    this.lose(new StoreUnavailableError(this.dsn, why, 'What was asked may be tried again.'))
  }

  /**
   * How long to wait for what is to be answered next. The time limit counts from when something was last seen to get on:
   * answers came, or the command itself went out. Were it for the whole, what is large enough would never succeed.
   */
  #untilOf(next: Pending): number {
    const { gone, wentAt } = this.#outbox
    const isOut = gone >= next.end
    let progress = this.#heardAt
    if (!isOut) progress = Math.max(progress, wentAt)
    // What went out slowly may still stand in buffers on its way.
    else if (next.isLong) progress = Math.max(progress, 2 * wentAt - next.since)
    if (!isOut) next.isLong = true
    return Math.max(next.until, progress + this.#timeout)
  }
}
