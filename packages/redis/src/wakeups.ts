import { type EndListener, systemClock } from '@alligator/core'
import { News, performance } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { RedisConnection } from './driver.js'
import { readEnds } from './results.js'
import { CANCEL_NEWS } from './scripts/remove.js'
import { END_NEWS } from './scripts/results.js'
import { SCHEDULE_NEWS } from './scripts/schedule.js'

/** Seconds between looks while nothing is heard: news can get lost with a connection, and tasks must not. */
export const LONGEST_SLEEP = 10

/** One `reserve` that waits. */
export interface Wait {
  /** What the server knows it by. */
  readonly name: string
  /** Must be called before each look: news from then on ends the next `sleep`. */
  readonly look: () => void
  /** Waits for news, at most so many seconds. */
  readonly sleep: (seconds: number, signal: AbortSignal | undefined) => Promise<void>
  readonly stop: () => void
}

/**
 * Hears, on a connection of its own, of tasks that may be due, and of held ones that somebody took away: one channel for this
 * client, whatever the number of its queues and waits, on which the server is asked to say the number of the wait that
 * should look. The connection is opened by the first wait.
 */
export class Wakeups {
  readonly #connection: Connection
  readonly #channel: string
  readonly #waits = new Map<string, News>()
  readonly #cancelListeners = new Set<() => void>()
  readonly #scheduleListeners = new Set<(queue: string) => void>()
  readonly #endListeners = new Set<EndListener>()
  #subscribing: Promise<void> | undefined
  #isListening = false
  #subscriber: RedisConnection | undefined
  #lastHeard = performance.now()
  #numbered = 0
  #onLastEnd: () => void = () => undefined

  constructor(connection: Connection) {
    this.#connection = connection
    this.#channel = connection.channels + connection.id
  }

  /** Sees to it that news can be heard; gives a promise only while there is something to do. */
  listen(): Promise<void> | undefined {
    if (this.#isListening) return undefined
    this.#subscribing ??= this.#connection
      .insist(() => this.#subscribe())
      .finally(() => (this.#subscribing = undefined))
    return this.#subscribing
  }

  /** Begins a wait. */
  open(): Wait {
    this.#numbered += 1
    return this.#wait(String(this.#numbered))
  }

  /** Calls a listener when something that this client holds was taken away, or may have been; gives what ends that. */
  onCancel(listener: () => void): () => void {
    this.#cancelListeners.add(listener)
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
    if (this.#endListeners.size === 1) void this.#hearEnds().catch(() => undefined)
    return () => {
      this.#endListeners.delete(listener)
      const isIdle = this.#endListeners.size === 0 && this.#isListening
      if (isIdle) void this.#subscriber?.unsubscribe(this.#endChannel).catch(() => undefined)
    }
  }

  /** What ended before that was not heard. */
  async #hearEnds(): Promise<void> {
    await this.listen()
    const subscriber = this.#subscriber
    if (!subscriber || this.#endListeners.size === 0) return
    await this.#connection.within(subscriber, subscriber.subscribe(this.#endChannel))
    this.#tellOfEnd()
  }

  #tellOfEnds(ends: readonly (readonly [queue: string, taskId: string])[]): void {
    for (const place of ends) this.#tellOfEnd(...place)
  }

  #tellOfEnd(...place: readonly [] | readonly [queue: string, taskId: string]): void {
    for (const listener of this.#endListeners) listener(...place)
  }

  get #endChannel(): string {
    return this.#connection.channels + END_NEWS
  }

  /** Tells those who listen here that a schedule was put. */
  tellOfSchedule(queue: string): void {
    for (const listener of this.#scheduleListeners) listener(queue)
  }

  /** Makes sure that the connection still works, if nothing came through it for long. */
  check(): void {
    const subscriber = this.#subscriber
    if (!subscriber || this.#connection.isCluster) return
    if (performance.now() - this.#lastHeard < 900 * LONGEST_SLEEP) return
    this.#lastHeard = performance.now()
    void this.#connection.within(subscriber, subscriber.ping()).catch(() => undefined)
  }

  /** Ends every wait; resolves when they have ended. */
  async close(): Promise<void> {
    this.#wakeAll()
    this.#subscriber?.disconnect()
    if (this.#waits.size > 0) await new Promise<void>((resolve) => (this.#onLastEnd = resolve))
  }

  async #subscribe(): Promise<void> {
    const subscriber = this.#subscriber ?? (await this.#connection.duplicate())
    if (!this.#subscriber) this.#listen(subscriber)
    await this.#connection.ready(subscriber)
    await this.#connection.within(subscriber, subscriber.subscribe(...this.#channels))
    this.#isListening = true
    // Whoever waits has a timer, which keeps the process alive.
    subscriber.stream?.unref()
    if (!this.#connection.life.isOpen) subscriber.disconnect()
  }

  #listen(subscriber: RedisConnection): void {
    this.#subscriber = subscriber
    subscriber.on('message', (channel, message) => {
      this.#lastHeard = performance.now()
      if (channel === this.#endChannel) this.#tellOfEnds(readEnds(String(message)))
      else if (channel !== this.#channel) this.tellOfSchedule(String(message))
      else if (message === CANCEL_NEWS) this.#tellOfCancel()
      else this.#waits.get(String(message))?.tell()
    })
    // Whoever waits should look, and so find out whether its store is away.
    subscriber.on('close', () => this.#wakeAll())
    // After a reconnect: what happened meanwhile was not heard.
    const again = () =>
      subscriber.subscribe(...this.#channels).then(() => {
        subscriber.stream?.unref()
        this.#hearAll()
      })
    subscriber.on('ready', () => void again().catch(() => undefined))
  }

  /** Its own, the one that is told of schedules, and, while somebody waits for results, that of ends. */
  get #channels(): string[] {
    const ends = this.#endListeners.size > 0 ? [this.#endChannel] : []
    return [this.#channel, this.#connection.channels + SCHEDULE_NEWS, ...ends]
  }

  #hearAll(): void {
    this.#wakeAll()
    this.#tellOfCancel()
    this.#tellOfEnd()
  }

  #tellOfCancel(): void {
    for (const listener of this.#cancelListeners) listener()
  }

  #wakeAll(): void {
    for (const news of this.#waits.values()) news.tell()
  }

  #wait(number: string): Wait {
    const news = new News()
    this.#waits.set(number, news)
    return {
      name: `${this.#channel}/${number}`,
      look: () => news.look(),
      sleep: (seconds, signal) => news.wait(systemClock, seconds, signal),
      stop: () => {
        this.#waits.delete(number)
        if (this.#waits.size === 0) this.#onLastEnd()
      },
    }
  }
}
