import { randomUUID } from 'node:crypto'
import { within } from '../base/clock.js'
import type { WorkerInfo } from '../backend/contract.js'
import { MOST_RUNNING_TOLD } from '../backend/worker-info.js'
import type { Gator } from '../gator/gator.js'
import type { EndedTries } from './ended-tries.js'
import type { Slots } from './slots.js'

/** Seconds between two announcements. */
const PERIOD = 10
/** Seconds for which one holds: two may get lost before a worker that lives is missing. */
const TTL = 30
/** Seconds that a worker takes at most to say that it ends: a store that does not hear it forgets the worker by itself. */
const FAREWELL = 1

/** What is announced of a worker. */
interface Announced extends Pick<WorkerInfo, 'concurrency' | 'tasksComplete'> {
  readonly gator: Gator
  readonly toConsume: readonly string[]
  ident(): string
}

/**
 * Lets a store know of a worker, again and again while it runs, and of its end; and how its attempts have ended since. Nothing depends on it: what fails is silent, and
 * said anew at the next beat, also to a store that was emptied or started again.
 */
export class Presence {
  readonly #worker: Announced
  readonly #slots: Pick<Slots, 'running' | 'told'>
  readonly #ended: EndedTries
  readonly #onNext: (seconds: number | undefined) => void
  readonly #id = randomUUID()
  #startedAt = 0
  #cancel: (() => void) | undefined
  /** The announcement that is under way; never rejects. */
  #announcing: Promise<void> | undefined

  /** `slots` tell what runs; `onNext` gets the time when the next schedule of the worker's queues is due. */
  constructor(
    worker: Announced,
    slots: Pick<Slots, 'running' | 'told'>,
    ended: EndedTries,
    onNext: (seconds: number | undefined) => void,
  ) {
    this.#worker = worker
    this.#slots = slots
    this.#ended = ended
    this.#onNext = onNext
  }

  /** The worker begins. Where the store knows neither workers nor schedules, nothing is done. */
  begin(): void {
    const { backend, clock } = this.#worker.gator
    if (!backend.directory && !backend.schedules) return
    this.#startedAt = clock.now()
    this.#beat()
  }

  /** Resolves when what is being announced has been answered. */
  async announced(): Promise<void> {
    await this.#announcing
  }

  /** The worker has ended. */
  async end(): Promise<void> {
    if (!this.#cancel) return
    this.#cancel()
    this.#cancel = undefined
    await within(this.#worker.gator.clock, FAREWELL, this.#retire())
  }

  #beat(): void {
    this.#cancel = this.#worker.gator.clock.timer(PERIOD, () => this.#beat())
    this.#announcing ??= this.#announce().finally(() => (this.#announcing = undefined))
  }

  async #announce(): Promise<void> {
    const { directory, schedules, tallies } = this.#worker.gator.backend
    try {
      if (schedules) this.#onNext(await schedules.announce(this.#describe(), TTL))
      else await directory?.announce(this.#describe(), TTL)
      if (tallies) await this.#ended.tell(tallies)
    } catch {
      // The store is away, or full: the next beat repeats it.
    }
  }

  #describe(): WorkerInfo {
    const { toConsume: queues, concurrency, tasksComplete } = this.#worker
    const name = this.#worker.ident()
    const { running } = this.#slots
    const tasks = this.#slots.told(MOST_RUNNING_TOLD)
    const load = { concurrency, running, ...(tasks.length > 0 && { tasks }) }
    return { id: this.#id, name, queues, ...load, tasksComplete, startedAt: this.#startedAt }
  }

  /** Follows an announcement that is under way, which would undo it. */
  async #retire(): Promise<void> {
    try {
      await this.#announcing
      const { directory, tallies } = this.#worker.gator.backend
      await Promise.all([directory?.retire(this.#id), tallies && this.#ended.tell(tallies)])
    } catch {
      // The store forgets it by itself.
    }
  }
}
