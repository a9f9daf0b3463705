import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type EndListener, systemClock } from '@alligator/core'
import { News, pause, setTimeout } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { OwnConnection } from './driver.js'
import { quote } from './names.js'
import { packText, unpackText } from './stored.js'

/** Milliseconds between two notifications of the same queue: the commits of those who notify wait for each other. */
const CALM = 10
/** Milliseconds that a notification to oneself may take. */
const HEARING_LIMIT = 1000
/** Milliseconds between two proofs that notifications still arrive. */
const PROOF_EVERY = 30_000
/** Milliseconds between two attempts to listen: doubling from the first to the last. */
const PAUSES = { shortest: 100, longest: 5000 }
/** PostgreSQL takes no longer names. */
const LONGEST_CHANNEL = 63

/** Bytes that tell one sender from the other, and their characters. */
const SENDER = 6
const SENDER_LENGTH = 8
const NOBODY = '-'.repeat(SENDER_LENGTH)

const NEWS = 'q'
const CANCEL = 'c'
const PROOF = 'p'
const SCHEDULE = 's'
const END = 'e'
/** Bytes of one message that tells of ends, and how many are told of by their names: of more it is told that there are some. */
const LONGEST_MESSAGE = 7000
const MOST_ENDS = 200

/** Runs a statement that has one parameter. */
type Asking = (text: string, parameter: string) => Promise<unknown>

/** One `reserve` that waits. */
export interface Wait {
  /** Must be called before each look: news from then on ends the next `sleep`. */
  readonly look: () => void
  /** Waits for news, at most so many seconds. */
  readonly sleep: (seconds: number, signal: AbortSignal | undefined) => Promise<void>
  readonly stop: () => void
}

/**
 * Hears, on a connection of its own, of tasks that may be due, and of held ones that somebody took away. A connection that
 * listens in vain looks like one on which nothing happens, so it proves itself by a notification that it sends to itself, and
 * does so again now and then. Where that does not arrive although everything works, a pooler lends each transaction another
 * connection: then nothing is listened to any more, and those who wait look by themselves, which they do anyway.
 *
 * To notify is to wait for everyone else who does, at the commit; so it is a statement of its own, after the push and not in its
 * way, once for many pushes, and never part of a transaction of the app.
 */
export class Wakeups {
  readonly #connection: Connection
  readonly #channel: string
  /** What its own notifications carry: what they tell is known here already. */
  readonly #sender: string = randomBytes(SENDER).toString('base64url')
  readonly #waits = new Map<News, ReadonlySet<string>>()
  readonly #cancelListeners = new Set<() => void>()
  readonly #scheduleListeners = new Set<(queue: string) => void>()
  readonly #endListeners = new Set<EndListener>()
  /** Tasks that have ended and are yet to be told of. */
  #ends: [queue: string, taskId: string][] = []
  /** Queues that were notified of late, and whether there is more to tell. */
  readonly #told = new Map<string, boolean>()
  readonly #proofs = new Map<string, () => void>()
  #listening: Promise<void> | undefined
  #isInVain = false
  #onLastEnd: () => void = () => undefined

  constructor(connection: Connection) {
    this.#connection = connection
    const { schema, prefix } = connection.settings
    const name = `${schema}.${prefix}`
    this.#channel =
      Buffer.byteLength(name) <= LONGEST_CHANNEL ? name : createHash('sha256').update(name).digest('base64')
  }

  /** Begins a wait for news of some queues. */
  open(queues: readonly string[]): Wait {
    const news = new News()
    this.#waits.set(news, new Set(queues))
    this.#listen()
    return {
      look: () => news.look(),
      sleep: (seconds, signal) => news.wait(systemClock, seconds, signal),
      stop: () => {
        this.#waits.delete(news)
        if (this.#waits.size === 0) this.#onLastEnd()
      },
    }
  }

  /** Calls a listener when something that this client holds was taken away, or may have been; gives what ends that. */
  onCancel(listener: () => void): () => void {
    this.#cancelListeners.add(listener)
    this.#listen()
    return () => this.#cancelListeners.delete(listener)
  }

  /** Calls a listener with the queue when a schedule was put; gives what ends that. */
  onSchedule(listener: (queue: string) => void): () => void {
    this.#scheduleListeners.add(listener)
    return () => this.#scheduleListeners.delete(listener)
  }

  /** Calls a listener when a task has ended that keeps its result, or may have; gives what ends that. */
  onEnd(listener: EndListener): () => void {
    this.#endListeners.add(listener)
    this.#listen()
    return () => this.#endListeners.delete(listener)
  }

  /** Tells everyone that a task has ended: those that end within a moment together. */
  tellOfEnd(queue: string, taskId: string): void {
    this.#hearEnd(queue, taskId)
    this.#ends.push([queue, taskId])
    if (this.#ends.length === 1) setTimeout(() => this.#tellOfEnds(), CALM)
  }

  #tellOfEnds(): void {
    const ends = this.#ends
    this.#ends = []
    const text = ends.length > MOST_ENDS ? '' : JSON.stringify(ends)
    this.#notify(END + this.#sender + (Buffer.byteLength(text) > LONGEST_MESSAGE ? '' : text))
  }

  /** Tells everyone that there may be something due on a queue, now or at another time than they think. */
  tell(queue: string): void {
    this.#tellWaits(queue)
    if (this.#told.has(queue)) {
      this.#told.set(queue, true)
      return
    }
    this.#told.set(queue, false)
    this.#notify(NEWS + this.#sender + packText(queue, 'queue'))
    setTimeout(() => {
      const isMore = this.#told.get(queue)
      this.#told.delete(queue)
      if (isMore && this.#connection.life.isOpen) this.tell(queue)
    }, CALM)
  }

  /** Tells everyone, by a transaction of the app and once it commits: `ask` asks there. */
  async tellWithin(ask: Asking, queue: string): Promise<void> {
    // Everyone: what is told is not known here either before the commit.
    const message = NEWS + NOBODY + packText(queue, 'queue')
    await ask(NOTIFY_WITHIN, JSON.stringify({ channel: this.#channel, message }))
  }

  /** Tells everyone that something was taken from whoever held it. */
  tellOfCancel(): void {
    this.#hearCancel()
    this.#notify(CANCEL + this.#sender)
  }

  /** Tells everyone that a schedule was put. */
  tellOfSchedule(queue: string): void {
    this.#hearSchedule(queue)
    this.#notify(SCHEDULE + this.#sender + packText(queue, 'queue'))
  }

  /** Ends every wait; resolves when they have ended. */
  async close(): Promise<void> {
    this.#wakeAll()
    if (this.#waits.size > 0) await new Promise<void>((resolve) => (this.#onLastEnd = resolve))
    await this.#listening
  }

  #notify(message: string): void {
    const { life } = this.#connection
    if (!life.isOpen) return
    // Whoever does not hear of it looks by himself a moment later.
    void this.#connection.run(NOTIFY, () => [this.#channel, message]).catch(() => undefined)
  }

  #listen(): void {
    if (!this.#connection.life.isOpen) return
    this.#listening ??= this.#keepListening()
  }

  async #keepListening(): Promise<void> {
    const { life } = this.#connection
    for (
      let wait = PAUSES.shortest;
      life.isOpen && !this.#isInVain;
      wait = Math.min(2 * wait, PAUSES.longest)
    ) {
      const isProven = await this.#listenOnce().catch(() => false)
      if (isProven) wait = PAUSES.shortest
      if (life.isOpen && !this.#isInVain)
        await pause(wait, undefined, { signal: life.signal }).catch(() => undefined)
    }
  }

  /** Listens until that ends; gives whether anything was ever heard. */
  async #listenOnce(): Promise<boolean> {
    const { life } = this.#connection
    const listener = await this.#connection.single()
    if (!listener) {
      this.#isInVain = true
      return false
    }
    const { promise: ended, resolve: end } = withResolvers()
    listener.on('end', end)
    listener.on('error', end)
    life.signal.addEventListener('abort', end)
    try {
      await listener.connect()
      listener.on('notification', (message) => this.#hear(message))
      await listener.query({ text: `LISTEN ${quote(this.#channel)}`, values: [] })
      if (!life.isOpen) return false
      if (!(await this.#prove(ended))) {
        if (life.isOpen) await this.#judge(listener)
        return false
      }
      // What happened before was not heard.
      this.#hearAll()
      await this.#stayProven(ended)
      // If the server is away, whoever waits is to know.
      this.#wakeAll()
      return true
    } finally {
      life.signal.removeEventListener('abort', end)
      await listener.end().catch(() => undefined)
    }
  }

  async #stayProven(ended: Promise<void>): Promise<void> {
    for (;;) {
      const isOver = await before(PROOF_EVERY, ended)
      if (isOver || !(await this.#prove(ended))) return
    }
  }

  /** Whether a notification to oneself arrives; one that could not be sent proves nothing. */
  async #prove(ended: Promise<void>): Promise<boolean> {
    const nonce = randomUUID()
    const heard = new Promise<true>((resolve) => this.#proofs.set(nonce, () => resolve(true)))
    try {
      const sent = this.#connection.run(NOTIFY, () => [this.#channel, PROOF + nonce])
      await Promise.race([sent, ended])
      return (await Promise.race([heard, before(HEARING_LIMIT, ended).then(() => false)])) === true
    } finally {
      this.#proofs.delete(nonce)
    }
  }

  /** The connection works, and heard nothing: it is not the one that listens. */
  async #judge(listener: OwnConnection): Promise<void> {
    const isAlive = await listener.query({ text: 'SELECT 1', values: [], query_timeout: HEARING_LIMIT }).then(
      () => true,
      () => false,
    )
    if (!isAlive) return
    this.#isInVain = true
    const message =
      'Notifications of PostgreSQL do not arrive, as behind a PgBouncer in transaction mode: workers look for tasks every ' +
      `${this.#connection.settings.poll} s instead. For tasks to start at once, give a DSN that leads to the server itself.`
    process.emitWarning(message, { type: 'AlligatorWarning', code: 'ALLIGATOR_POSTGRES_POLL' })
  }

  #hear(message: unknown): void {
    const { payload = '' } = message as { payload?: string }
    const kind = payload.slice(0, 1)
    if (kind === PROOF) return this.#proofs.get(payload.slice(1))?.()
    const [sender, queue] = [payload.slice(1, 1 + SENDER_LENGTH), payload.slice(1 + SENDER_LENGTH)]
    if (sender === this.#sender) return
    if (kind === NEWS) this.#tellWaits(unpackText(queue))
    else if (kind === CANCEL) this.#hearCancel()
    else if (kind === SCHEDULE) this.#hearSchedule(unpackText(queue))
    else if (kind === END) this.#hearEnds(queue)
  }

  #hearAll(): void {
    this.#wakeAll()
    this.#hearCancel()
    this.#hearEnd()
  }

  /** Without names there were too many. */
  #hearEnds(text: string): void {
    if (text === '') return this.#hearEnd()
    for (const place of JSON.parse(text) as [string, string][]) this.#hearEnd(...place)
  }

  #hearEnd(...place: [] | [queue: string, taskId: string]): void {
    for (const listener of this.#endListeners) listener(...place)
  }

  #hearSchedule(queue: string): void {
    for (const listener of this.#scheduleListeners) listener(queue)
  }

  #hearCancel(): void {
    for (const listener of this.#cancelListeners) listener()
  }

  #tellWaits(queue: string): void {
    for (const [news, queues] of this.#waits) if (queues.has(queue)) news.tell()
  }

  #wakeAll(): void {
    for (const news of this.#waits.keys()) news.tell()
  }
}

const NOTIFY = { name: 'notify', text: 'SELECT pg_notify($1, $2)' } as const
const NOTIFY_WITHIN = `WITH told AS MATERIALIZED (SELECT $1::text::json AS news)
SELECT pg_notify(news ->> 'channel', news ->> 'message') FROM told`

/** Waits so many milliseconds, or less; gives whether something has ended before. */
async function before(milliseconds: number, ended: Promise<void>): Promise<boolean> {
  const timer = new AbortController()
  try {
    const passed = pause(milliseconds, false, { signal: timer.signal, ref: false }).catch(() => false)
    return await Promise.race([passed, ended.then(() => true)])
  } finally {
    timer.abort()
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}
