import { type FSWatcher, watch } from 'node:fs'
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import type { Clock } from '@alligator/core'
import type { Connection } from './connection.js'

/** Milliseconds between looks while the file is watched: events can get lost, and tasks must not. */
const SAFETY_POLL = 250
/** Milliseconds between looks at what cannot be watched. */
const POLL = 5
/** Milliseconds that pass at least between two looks, so that other queues' traffic in the file does not keep us busy. */
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
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #calm: NodeJS.Timeout | undefined
  #lastNews = 0

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /** Begins to listen. */
  listen(): Listener {
    let news = true
    let wake = () => {}
    const onNews = () => {
      news = true
      wake()
    }
    this.#listeners.add(onNews)
    if (this.#listeners.size === 1) this.#start()
    return {
      look: () => (news = false),
      wait: (seconds, signal) =>
        new Promise((resolve) => {
          if (news || signal?.aborted) return resolve()
          const cancel = this.#clock.timer(Math.max(0, seconds), () => wake())
          wake = () => {
            cancel()
            signal?.removeEventListener('abort', wake)
            resolve()
          }
          signal?.addEventListener('abort', wake)
        }),
      stop: () => {
        this.#listeners.delete(onNews)
        if (this.#listeners.size === 0) this.#end()
      },
    }
  }

  /** Wakes everyone who waits. */
  notify(): void {
    for (const onNews of this.#listeners) onNews()
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

  #onEvent(): void {
    if (this.#calm) return
    const pause = this.#lastNews + CALM - performance.now()
    if (pause <= 0) return this.#tell()
    this.#calm = setTimeout(() => this.#tell(), pause)
  }

  #tell(): void {
    this.#calm = undefined
    this.#lastNews = performance.now()
    this.notify()
  }

  #end(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    clearInterval(this.#poll)
    clearTimeout(this.#calm)
    this.#calm = undefined
  }
}
