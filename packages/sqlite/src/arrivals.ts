import { type FSWatcher, watch } from 'node:fs'
import type { Clock } from '@alligator/core'
import { News, clearInterval, clearTimeout, setInterval, setTimeout } from '@alligator/core/backend'
import type { Connection } from './connection.js'

/** Milliseconds between looks while the file is watched: events can get lost, and tasks must not. */
const SAFETY_POLL = 250
/** Milliseconds between looks at what cannot be watched. */
const POLL = 5
/** Milliseconds between two looks at least, so that the traffic of other queues in the file does not keep us busy. */
const CALM = 1

/** A `reserve` that waits for news. */
export interface Listener {
  /** Must be called before each look: news from then on ends the next `wait`. */
  readonly look: () => void
  /** Waits for news, at most so many seconds of the clock. */
  readonly wait: (seconds: number, signal: AbortSignal | undefined) => Promise<void>
  readonly stop: () => void
}

/**
 * Tells those who wait that tasks may have arrived: from this client, which says so; from others on the same file, by
 * watching what every commit writes to. Polling alone would either be late or keep a core warm. Nothing is watched
 * while nobody waits.
 */
export class Arrivals {
  readonly #clock: Clock
  readonly #connection: Connection
  readonly #listeners = new Set<News>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #chase: NodeJS.Timeout | undefined
  #pause = CALM
  #isFresh = false

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Begins to listen. */
  listen(): Listener {
    const news = new News()
    this.#listeners.add(news)
    if (this.#listeners.size === 1) this.#start()
    return {
      look: () => news.look(),
      wait: (seconds, signal) => news.wait(this.#clock, seconds, signal),
      stop: () => {
        this.#listeners.delete(news)
        if (this.#listeners.size === 0) this.#end()
      },
    }
  }

  /** Wakes everyone who waits. */
  notify(): void {
    for (const news of this.#listeners) news.tell()
  }

  #start(): void {
    if (this.#connection.isPrivate) return
    const file = this.#connection.changingFile
    try {
      if (file !== undefined) this.#watcher = watch(file, () => this.#onEvent())
      this.#watcher?.on('error', () => this.#pollEvery(POLL))
    } catch {
      // No watching here: too many watches, or a file system that has none.
    }
    this.#pollEvery(this.#watcher ? SAFETY_POLL : POLL)
  }

  #pollEvery(milliseconds: number): void {
    clearInterval(this.#poll)
    this.#poll = setInterval(() => this.notify(), milliseconds)
  }

  /**
   * A commit writes to the file a moment before it can be seen: some microseconds, or as long as the disk takes to sync.
   * So a look follows each event at once, and more of them after ever longer pauses.
   */
  #onEvent(): void {
    this.#isFresh = true
    if (this.#chase && this.#pause <= CALM) return
    clearTimeout(this.#chase)
    this.#lookNow()
  }

  #lookNow(): void {
    this.#pause = this.#isFresh ? CALM : this.#pause * 2
    this.#isFresh = false
    this.#chase = this.#pause < SAFETY_POLL ? setTimeout(() => this.#lookNow(), this.#pause) : undefined
    this.notify()
  }

  #end(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    clearInterval(this.#poll)
    clearTimeout(this.#chase)
    this.#chase = undefined
  }
}
