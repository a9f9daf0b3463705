import type { Clock } from '../base/clock.js'
import type { OptionNames } from '../base/option-names.js'
import type { Payload } from '../base/payload.js'

export type { Payload } from '../base/payload.js'

/*
 * Glossary: one word for each thing, in code, messages and documents.
 *
 * task        one call of a function, to be made once
 * queue       where tasks wait, by name; one store has many
 * store       what keeps queues: memory, a file, a server
 * client      what speaks to a store: the backend's class
 * payload     a serialized task: text or bytes
 * push        to put a task on a queue
 * reserve     to take due tasks off a queue for the length of a lease
 * lease       how long a worker holds a task without a sign of life; renewed while the task runs
 * delivery    one task handed to one worker once; its receipt proves the lease
 * hand out    what the store does when it answers a reserve
 * settle      to say what becomes of a delivery: ack, release or bury
 * ack         the task is done, and gone from the store
 * release     the task goes back on its queue, now or after a delay
 * bury        the task becomes a dead letter, kept with its reason; kick brings it back
 * lapse       a lease ends without a settling; the task is handed out again
 * attempt     one run of a task's function; a retry is another attempt after a failed one
 * outcome     what became of a delivery, as events name it
 * verdict     what is decided to become of a delivery, before the store is asked
 * slot        room in a worker for one running task
 * facet       something that a store can do beyond this contract: an object on its client
 */

/** Where a stored task stands: `waiting`, `delayed` (not due yet), `running` (leased to a worker) or `dead`. */
export type StoredState = 'waiting' | 'delayed' | 'running' | 'dead'

/** One task handed to one worker for the length of a lease. */
export interface Delivery {
  readonly queue: string
  readonly taskId: string
  readonly data: Payload
  /** How often the task has been handed out since it was last settled, this time included: 1 or more. */
  readonly deliveries: number
  /** The store's proof of this very lease; a later hand-out of the same task has another. Empty where there are no leases. */
  readonly receipt: string
}

/** One task for {@link Client.pushMany}. */
export interface PushItem {
  readonly taskId: string
  readonly data: Payload
  /** Unix time in seconds before which it must not be handed out. */
  readonly delayUntil?: number | undefined
  /** Unix time in seconds: when it was enqueued, where its id does not tell. It is no part of what a repeated push must have alike. */
  readonly enqueuedAt?: number | undefined
}

/** What {@link Client.reserve} is asked for. */
export interface ReserveOptions {
  /** The most deliveries to return. (Default: 1) */
  readonly limit?: number
  /** Seconds until an unsettled delivery is handed out again. */
  readonly lease: number
  /** Seconds to wait inside the store when nothing is due. (Default: 0, return at once) */
  readonly wait?: number
  /** Ends the waiting early; `reserve` then resolves to `[]` (or to what it had already taken). */
  readonly signal?: AbortSignal
}

/** How {@link Client.release} puts a delivery back. */
export interface ReleaseOptions {
  /** What replaces the payload, in the same atomic step. (Default: unchanged) */
  readonly data?: Payload
  /** Unix time in seconds before which it must not be handed out again. (Default: now) */
  readonly delayUntil?: number | undefined
  /**
   * How often the task counts as handed out from now on: one less than its `deliveries`, for a task that was not begun. Beside
   * `data` or `delayUntil` a store may leave it out of account. (Default: 0, it starts again)
   */
  readonly deliveries?: number
}

/** Why a task is a dead letter, when, and where: kept beside its payload. */
export interface DeathReason {
  /** The `code` of the error, or `ERROR`. */
  readonly code: string
  readonly message: string
  readonly stack?: string | undefined
  /** Unix time in seconds. */
  readonly at: number
  /** The `ident()` of the worker. */
  readonly worker: string
  /** The try that failed last, from 1; 0 when it never ran. */
  readonly attempt: number
}

/** How many tasks of a queue are in each state. */
export type Counts = Readonly<Record<StoredState, number>>

/** One task as a store lists it. */
export interface StoredTask {
  readonly taskId: string
  readonly state: StoredState
  readonly data: Payload
  /** Unix time in seconds: when a delayed task is due, or when a running one's lease ends. */
  readonly until?: number | undefined
  /** As it was pushed with. */
  readonly enqueuedAt?: number | undefined
  /** Only for dead letters. */
  readonly reason?: DeathReason | undefined
}

/** What {@link Cancellation.cancel} took off a queue. */
export interface Canceled {
  readonly data: Payload
  /** Whether it was leased to a worker, which must stop: some of its work may be done. */
  readonly wasRunning: boolean
}

/** A worker as it last described itself: text that anybody who can write to the store may have put there. */
export interface WorkerInfo {
  /** Its own: two workers in one process have two. */
  readonly id: string
  /** Its `ident()`. */
  readonly name: string
  /** The names of the queues that it takes tasks from. */
  readonly queues: readonly string[]
  /** How many tasks it may run at once. */
  readonly concurrency: number
  /** How many ran just then. */
  readonly running: number
  /** How many tries it had made by then. */
  readonly tasksComplete: number
  /** Unix time in seconds. */
  readonly startedAt: number
}

/** Which part of a listing is wanted. */
export interface PageRequest {
  /** (Default: 100) */
  readonly limit?: number
  /** The `next` of the page before. (Default: from the start) */
  readonly after?: string | undefined
}

/** A part of a listing, oldest first; `next` is there when more follows. */
export interface Page {
  readonly tasks: readonly StoredTask[]
  readonly next?: string | undefined
}

/** Settings that every backend takes beside its DSN. */
export interface ClientOptions {
  /** What time it is for delays and leases, where the store has no clock of its own. (Default: the system's) */
  readonly clock?: Clock
}

/** Hears that the store is away, and for how many seconds it has been; or, of `undefined`, that it answers again. */
export type TroubleListener = (error: unknown, seconds: number) => void

/** Their names. */
export const CLIENT_OPTIONS: OptionNames<ClientOptions> = { clock: true }
