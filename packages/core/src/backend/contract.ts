import type { Clock } from '../base/clock.js'
import type { OptionNames } from '../base/option-names.js'
import type { Payload } from '../base/payload.js'
import type { Priority } from '../base/priorities.js'

export type { Payload } from '../base/payload.js'
export type { Priority } from '../base/priorities.js'

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
 * level       what a task's priority says of its turn among the others of its queue
 * pause       nothing of a queue is handed out, until somebody resumes it or its time is over
 * slot        room in a worker for one running task
 * parked      a task that waits for others to end: it counts as delayed, and is not handed out
 * batch       a set of tasks, its members, and what is run once all of them have ended
 * schedule    what pushes a task at certain times; a tick is one of these times
 * result      what a task gave, kept for some time after it is gone
 * note        what stands beside a task: what it reported while it ran, and the results of its steps
 * step        a part of a task's function that is not made again once its result is in the note
 * facet       something that a store can do beyond this contract: an object on its client
 */

/** Where a stored task stands: `waiting`, `delayed` (not due yet), `running` (leased to a worker) or `dead`. */
export type StoredState = 'waiting' | 'delayed' | 'running' | 'dead'

/** One task handed to one worker for the length of a lease. */
export interface Delivery {
  readonly queue: string
  readonly taskId: string
  /** The id that the task was pushed with, where it has got another one since: what is kept of it is kept under this. */
  readonly firstId?: string | undefined
  readonly data: Payload
  /** How often the task has been handed out since it was last settled, this time included: 1 or more. */
  readonly deliveries: number
  /** The store's proof of this very lease; a later hand-out of the same task has another. Empty where there are no leases. */
  readonly receipt: string
}

/**
 * Keeps a task from being put on its queue while another one with the same key stands in its way: one that waits, is delayed
 * or is to be retried; one that runs, where `until` is `finished`; and one that was pushed with a `for` that is not over,
 * unless it left without success. A task that has left its queue stands in nobody's way, and neither does a dead letter.
 */
export interface UniqueKey {
  /** 32 hexadecimal digits, which mean something on their queue alone. */
  readonly key: string
  /** Which tasks stand in the way of this one: those that have not `started`, or those that have not `finished`. */
  readonly until: 'started' | 'finished'
  /** What becomes of this one then: the other is kept as it is, or takes over all but its id, or the push is refused. */
  readonly onConflict: 'keep' | 'replace' | 'throw'
  /** Seconds for which the task, once it is on the queue, stands in the way of others in any case. */
  readonly for?: number | undefined
  /** Seconds after which the task, once it is on the queue, is due at the latest, whatever delay replaces its own. */
  readonly atMost?: number | undefined
  /** The id of a running task that does not stand in the way of this one. */
  readonly besides?: string | undefined
}

/** What became of a task that was pushed with a {@link UniqueKey}. */
export interface Placed {
  /** The id of the task that will run, or has run: its own, or that of the one that stood in its way. */
  readonly taskId: string
  /** Whether another one stood in its way. */
  readonly isDuplicate: boolean
  /** The id of a task with its key that runs, if there is one. */
  readonly runs?: string | undefined
}

/** One task for {@link Client.pushMany}. */
export interface PushItem {
  readonly taskId: string
  readonly data: Payload
  /** Unix time in seconds before which it must not be handed out. */
  readonly delayUntil?: number | undefined
  /** Unix time in seconds: when it was enqueued, where its id does not say. It is no part of what a repeated push must have alike. */
  readonly enqueuedAt?: number | undefined
  /** Its level, where the store has `priorities`; it keeps it for as long as it is on the queue. (Default: normal) */
  readonly priority?: Priority | undefined
  /** Only for {@link Uniqueness.push}. */
  readonly unique?: UniqueKey | undefined
  /** What it waits for, where the store has `dependents`. (Default: nothing) */
  readonly after?: After | undefined
  /** The id of the batch that it is a member of, where the store has `batches`. (Default: of none) */
  readonly batch?: string | undefined
}

/**
 * What a task waits for: tasks of its queue. Those of them that are there when it is pushed, and are not dead, park it. A dead letter
 * and what is not there have ended.
 */
export interface After {
  readonly taskIds: readonly string[]
  /** Whether it waits for all of them, however they end; else it is due as soon as one has ended without success, too. */
  readonly inAnyCase: boolean
}

/** How a batch can end: all of its members have succeeded, or not all of them; or either. */
export type BatchEnd = 'success' | 'failure' | 'done'

/** A batch that is to be made. */
export interface NewBatch {
  readonly batchId: string
  /** What is parked until it ends: what is for another end than it comes to is then removed. */
  readonly callbacks: Readonly<Partial<Record<BatchEnd, PushItem>>>
  /** The id of the batch that it is a member of. (Default: of none) */
  readonly parent?: string | undefined
}

/** How far a batch is. */
export interface BatchState {
  /** How many members it has had so far, batches among them. */
  readonly total: number
  readonly succeeded: number
  /** How many have ended without success: dead, canceled or dropped. */
  readonly failed: number
  /** How many have not ended. */
  readonly pending: number
  /** Whether the code that fills it has said that it is full: until then it does not end. */
  readonly isFull: boolean
  /** Whether somebody has canceled it: it takes no more members, and ends without success. */
  readonly isCanceled: boolean
  /** Unix time in seconds. Absent: it has not ended. */
  readonly endedAt?: number | undefined
}

/** One batch of a list. */
export interface ListedBatch extends BatchState {
  readonly batchId: string
}

/** A part of the batches of a queue; `next` is there when more follows. */
export interface BatchPage {
  readonly batches: readonly ListedBatch[]
  readonly next?: string | undefined
}

/** Members of a batch that have not ended. */
export interface BatchMembers {
  readonly taskIds: readonly string[]
  readonly batchIds: readonly string[]
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
  /** Whether a queue's levels have shares, or each is emptied before the next, where the store has `priorities`. (Default: `'shares'`) */
  readonly priorities?: 'shares' | 'strict' | undefined
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
  /** The attempt that failed last, from 1; 0 when it never ran. */
  readonly attempt: number
}

/** How many tasks of a queue are in each state. */
export type Counts = Readonly<Record<StoredState, number>>

/** One task as a store lists it. */
export interface StoredTask {
  readonly taskId: string
  readonly state: StoredState
  readonly data: Payload
  /** Unix time in seconds: when a delayed task is due, or when a running one's lease ends. Absent while it is parked. */
  readonly until?: number | undefined
  /** As it was pushed with. */
  readonly enqueuedAt?: number | undefined
  /** As it was pushed with. (Default: normal) */
  readonly priority?: Priority | undefined
  /** Only for dead letters. */
  readonly reason?: DeathReason | undefined
}

/** What {@link Cancellation.cancel} took off a queue. */
export interface Canceled {
  readonly data: Payload
  /** Whether it was leased to a worker, which must stop: some of its work may be done. */
  readonly wasRunning: boolean
}

/** That nothing of a queue is handed out. */
export interface Pause {
  /** Unix time in seconds. */
  readonly since: number
  /** Unix time in seconds when it ends by itself. (Default: it does not) */
  readonly until?: number | undefined
  /** Why, in the words of the one who paused it. */
  readonly reason?: string | undefined
}

/** A task whose function runs in a worker. */
export interface RunningTask {
  readonly queue: string
  readonly taskId: string
  /** `module#callable`. Absent where the payload hides it, as one that is encrypted does, or is large: a listing tells it then. */
  readonly name?: string
  /** Unix time in seconds when its function was called. */
  readonly since: number
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
  /** Some of what ran just then, the first taken first: at most 20 of them. Absent: none, or it did not tell. */
  readonly tasks?: readonly RunningTask[]
  /** Number of attempts it had made by then. */
  readonly tasksComplete: number
  /** Unix time in seconds. */
  readonly startedAt: number
}

/** A schedule as a store keeps it. */
export interface StoredSchedule {
  readonly queue: string
  /** Its own within the queue. */
  readonly id: string
  /** Text that is another one after each change; the client that makes the change chooses it. */
  readonly version: string
  /** Unix time in seconds of its next tick, in whole milliseconds. Absent: it is paused, or over. */
  readonly next?: number | undefined
  /** What is done, and when: for the engine alone. */
  readonly data: Payload
  /** How far it is: for the engine alone. */
  readonly state: string
}

/** What {@link Schedules.tick} changes. */
export interface ScheduleChange extends Omit<StoredSchedule, 'data'> {
  /** The version that must be there: else nothing is done. */
  readonly former: string
  /** What is pushed on its queue in the same step. */
  readonly items: readonly PushItem[]
  /**
   * The id of a task: while the queue holds it, other than as a dead letter, nothing is pushed, and `state` and `next` take the
   * places of the others. (Default: it is pushed in any case)
   */
  readonly unless?: (Pick<StoredSchedule, 'state' | 'next'> & { readonly taskId: string }) | undefined
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
