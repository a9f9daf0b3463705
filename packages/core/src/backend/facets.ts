import type { Awaitable } from '../base/awaitable.js'
import type {
  BatchMembers,
  BatchPage,
  BatchState,
  Canceled,
  Delivery,
  NewBatch,
  Page,
  PageRequest,
  Pause,
  Payload,
  Placed,
  Priority,
  PushItem,
  ScheduleChange,
  StoredSchedule,
  StoredState,
  StoredTask,
  WorkerInfo,
} from './contract.js'
import type { KeptTallies, Tally } from './tally.js'

// What a store can do beyond the contract that all of them keep: each facet is an optional object on its client, and to have
// the object is to have the ability.

/** Of how many tasks that left a queue without success a store remembers that at least, for those that depend on them. */
export const MOST_REMOVED = 100_000

/** The names of all facets, as they stand on a {@link Client}. */
export type FacetName =
  | 'byId'
  | 'listing'
  | 'deadLetters'
  | 'cancellation'
  | 'directory'
  | 'tallies'
  | 'results'
  | 'notes'
  | 'renewal'
  | 'transactions'
  | 'uniqueness'
  | 'migrations'
  | 'health'
  | 'state'
  | 'priorities'
  | 'pausing'
  | 'expediting'
  | 'schedules'
  | 'dependents'
  | 'batches'

/** One task is reached by its id: `gator.runTask`, and `gator.cancel` of what does not run. */
export interface ById {
  /**
   * Takes one task, due or delayed, and holds it for `lease` seconds. `undefined`: there is none, or it runs, or it is a dead
   * letter.
   */
  reserve(queue: string, taskId: string, lease: number): Awaitable<Delivery | undefined>
  /** Removes a task that is not running and gives its payload: `undefined` when there is none, or it runs. */
  remove(queue: string, taskId: string): Awaitable<Payload | undefined>
}

/** What a store holds can be looked at, without touching it: `dependsOn`, and all that shows tasks. */
export interface Listing {
  /** The names of the queues that hold anything, sorted. */
  queues(): Awaitable<string[]>
  /**
   * The tasks of a queue in one state, oldest first, a page at a time. What is taken off the queue after one page hides nothing of the
   * next: only what changes its state or its place meanwhile may be listed twice, or not.
   *
   * @throws InvalidOptionError: `after` is the `next` of no page.
   */
  list(queue: string, state: StoredState, page?: PageRequest): Awaitable<Page>
  /** One task, as `list` shows it; `undefined` when the queue does not hold it. */
  get(queue: string, taskId: string): Awaitable<StoredTask | undefined>
  /** The state of each of these tasks that the queue still holds; finished and removed ones are absent. */
  find(queue: string, taskIds: readonly string[]): Awaitable<Map<string, StoredState>>
  /**
   * Those of these tasks that left the queue without success: canceled, removed, or dropped as a dead letter too many. What takes
   * them off writes that down in the same step; what is pushed again is one of them no longer. The last {@link MOST_REMOVED} of a
   * queue are kept, and a store may forget them a month after the last one; to drop a whole queue forgets them.
   */
  removed(queue: string, taskIds: readonly string[]): Awaitable<Set<string>>
}

/** Dead letters can be brought back. (That a task becomes one is a step of every client: {@link Client.bury}.) */
export interface DeadLetters {
  /** Puts dead letters back to work, all of them or those named; gives how many. */
  kick(queue: string, taskIds?: readonly string[]): Awaitable<number>
}

/** A task can be taken from the worker that runs it: `gator.cancel` of whatever there is. */
export interface Cancellation {
  /**
   * Removes a task in whatever state, in one step: the worker that runs it no longer holds it, and nobody else will be given
   * it. `undefined`: there is none.
   */
  cancel(queue: string, taskId: string): Awaitable<Canceled | undefined>
  /**
   * Calls `listener` soon after a task was canceled that may be one of this client's deliveries: `extend` then says which.
   * It is a hint that may come too often, or get lost with a connection. Gives what ends the listening.
   */
  onCancel(listener: () => void): () => void
}

/** The store knows which workers are at work. */
export interface Directory {
  /** Makes a worker known, as it describes itself now, for `ttl` seconds: it says so again before they are over. */
  announce(worker: WorkerInfo, ttl: number): Awaitable<void>
  /** Makes a worker known no longer. */
  retire(workerId: string): Awaitable<void>
  /**
   * The workers that announced themselves recently, in no order: those that run, and for some seconds those that were killed.
   *
   * @example
   * ```ts
   * const workers = (await gator.backend.directory?.workers()) ?? []
   * const slots = workers.reduce((sum, { concurrency }) => sum + concurrency, 0)
   * ```
   */
  workers(): Awaitable<WorkerInfo[]>
}

/**
 * The store keeps how tasks have ended recently, for each queue: by minutes for an hour, and by hours for a day. Workers report it with
 * their announcements, so that no task costs a write for it.
 */
export interface Tallies {
  /**
   * Adds to what was counted within this minute and this hour of the store. To ask again for want of an answer must not count
   * anything twice.
   */
  add(queue: string, tally: Tally): Awaitable<void>
  /** The names of the queues of which anything was counted within the last hour, sorted; a queue need not hold anything. */
  queues(): Awaitable<string[]>
  /** What was counted of a queue. To drop the queue leaves it. */
  read(queue: string): Awaitable<KeptTallies>
}

/** A task that ended well, and what it gave. */
export interface Finished {
  readonly delivery: Delivery
  readonly result: Payload
  /** Seconds for which the result is kept. */
  readonly keepFor: number
}

/** Hears that a task that keeps its result may have ended; of none by name, that any may have, since something was not heard. */
export type EndListener = (queue?: string, taskId?: string) => void

/**
 * Results are kept, each for a time of its own by the clock that leases go by, in the place of what was kept under the same id. To drop a
 * queue leaves them.
 */
export interface Results {
  /**
   * Removes finished tasks for good and keeps their results, each in the very step that settles its task. Gives those that
   * were no longer held: of these no result is kept.
   */
  ack(finished: readonly Finished[]): Awaitable<Delivery[]>
  /** What is kept of these tasks. */
  get(queue: string, taskIds: readonly string[]): Awaitable<Map<string, Payload>>
  /** Bytes of a result at most. (Default: as many as a payload may have) */
  readonly maxResult?: number
  /** Keeps how a task has ended without success, in the place of its result: where no `listing` tells it. */
  keepEnd?(queue: string, taskId: string, end: Payload, keepFor: number): Awaitable<void>
  /** Tells those who listen that a task has ended of which no result is kept. It may be called for nothing, and nobody waits for it. */
  tellOfEnd(queue: string, taskId: string): void
  /**
   * Calls `listener` soon after a result was kept, or an end was reported, whichever client did so. It is a hint, which may come too often, or get
   * lost. However many listen, the store is listened to once. Gives what ends the listening.
   */
  onEnd(listener: EndListener): () => void
}

/** How those who wait hear of an end: the part of {@link Results} that needs no task of its store. */
export type EndNews = Pick<Results, 'tellOfEnd' | 'onEnd'>

/**
 * A note stands beside each task that has one: one payload, for the engine alone, which stays with it through retries, lapses, death and
 * kicks, and is gone with it however it leaves the queue. A task that has none costs nothing for it.
 */
export interface Notes {
  /** The note of a task, if the queue holds it and it has one. */
  get(queue: string, taskId: string): Awaitable<Payload | undefined>
  /** Puts a note beside a held task, in the place of the one that is there. `false`: it was no longer held, and nothing was changed. */
  save(delivery: Delivery, note: Payload): Awaitable<boolean>
  /** Takes the note of a task away that is off its queue: where it does not go with its task. */
  forget?(queue: string, taskId: string): Awaitable<void>
}

/**
 * Another thread of this process can renew what a client holds, while the event loop stands still: it imports a module, on a
 * connection of its own, and knows the deliveries of that client by their receipts.
 */
export interface Renewal {
  /** The absolute path of a file that exports what {@link RenewalModule} says. */
  readonly module: string
  /** What `openRenewer` is given there; it must survive `structuredClone`. */
  readonly data: unknown
}

/** What the module of a {@link Renewal} exports. */
export interface RenewalModule {
  /** Connects to the store. */
  openRenewer(data: unknown): Awaitable<Renewer>
}

/** Renews what a client holds for as long as the client itself cannot. */
export interface Renewer {
  /**
   * Holds whatever the client was handed out on these queues, and still holds, until `lease` seconds from now; what is held
   * for longer is left alone.
   */
  renew(queues: readonly string[], lease: number): Promise<void>
  /** Ends its connection. */
  close(): Promise<void>
}

/**
 * What is put on a queue, and that a task is done, can be part of a transaction that the app has open on the same database:
 * it is kept when that commits, and was never there when it rolls back.
 */
export interface Transactions {
  /**
   * Puts tasks on a queue within a transaction, all of them or none. `transaction` is what the app's library gives for it.
   *
   * @throws InvalidOptionError when it is nothing of the kind.
   */
  push(transaction: object, queue: string, items: readonly PushItem[]): Awaitable<void>
  /** Removes a finished task for good within a transaction. `false`: it was no longer held. */
  ack(transaction: object, delivery: Delivery): Awaitable<boolean>
  /** Whether a transaction is over as soon as the function that makes it returns: `push` and `ack` then act within the call. */
  endsAtReturn(transaction: object): boolean
}

/** Of tasks with the same key there is one at a time: what stands in the way of another is found out in the step that pushes it. */
export interface Uniqueness {
  /**
   * Puts tasks on a queue, all of them or, when it throws, none; those with a key only where nothing stands in their way, as
   * {@link UniqueKey} says. Of two in one call the first comes first. Gives what became of each, in the same order.
   *
   * `transaction`: what the app's library gives for its transaction, where the client has `transactions`. Another push of the
   * same key waits for the end of that one.
   *
   * @throws DuplicateTaskError where `onConflict` says so, or for an id that another task has.
   */
  push(queue: string, items: readonly PushItem[], transaction?: object): Awaitable<Placed[]>
  /** Whether what was pushed `besides` another is handed out only once that has ended. (Default: the engine looks) */
  readonly holdsBack?: boolean
}

/** The store has tables, which somebody else than the app may have to make. */
export interface Migrations {
  /** The SQL that makes them, for a user who may run it. */
  readonly sql: string
  /** Makes them where they are absent, and checks those that are there. Gives their version, and whether they were made now. */
  migrate(): Awaitable<{ readonly version: number; readonly created: boolean }>
}

/** One thing that was looked at. */
export interface Finding {
  /** What it is, in one or two words: `old snapshots`. */
  readonly check: string
  /** Whether it is as it should be. */
  readonly isWell: boolean
  /** What was found, in a sentence without its full stop. */
  readonly found: string
  /** What to do about it, as a sentence. Absent where all is well. */
  readonly advice?: string
}

/** The store's server, or its file, can be asked what would make queues slow or lose them. */
export interface Health {
  /** Looks at each thing, and changes none. */
  examine(): Awaitable<readonly Finding[]>
}

/** Tasks of one queue have levels: {@link PushItem.priority}. */
export interface Priorities {
  /** Whether `reserve` gives the levels shares unless it is asked to be strict, or is strict whatever it is asked. */
  readonly order: 'shares' | 'strict'
  /**
   * How many tasks of a queue wait at each level, `normal` being the rest; levels at which none waits are left out. `undefined`: the
   * store cannot know.
   */
  waiting(queue: string): Awaitable<Readonly<Partial<Record<Priority, number>>> | undefined>
}

/** How {@link Pausing.pause} pauses. */
export interface PauseOptions {
  /** Seconds, by the clock that delays go by, until it ends by itself. (Default: it does not) */
  readonly for?: number | undefined
  readonly reason?: string | undefined
}

/**
 * Nothing of a queue is handed out for some time: by no `reserve` of any client, from the moment that `pause` resolves, and
 * whatever is restarted. What is asked for by its id is given; what was handed out before is settled as ever, and pushing goes on.
 */
export interface Pausing {
  /** Pauses a queue, whether or not it holds anything; one that is paused is from now on paused as this says. */
  pause(queue: string, options?: PauseOptions): Awaitable<void>
  /** Ends a pause, and wakes those who wait. `false`: there was none. */
  resume(queue: string): Awaitable<boolean>
  /** The pause of a queue, while there is one. */
  paused(queue: string): Awaitable<Pause | undefined>
}

/** A delayed task can be made due. */
export interface Expediting {
  /** Makes a delayed task due now: it joins the tail of its queue. `false`: there is none by this id that is delayed. */
  expedite(queue: string, taskId: string): Awaitable<boolean>
}

/** How many schedules that are due a store gives at most, for as many to be asked for again. */
export const MOST_DUE = 100

/** Which schedules are due. */
export interface DueSchedules {
  /** Unix time in seconds by the store. */
  readonly now: number
  /** Those that are due by then, the first due first: at most {@link MOST_DUE}. */
  readonly due: readonly StoredSchedule[]
  /** Seconds until the next one of the others is due; absent where there is none. */
  readonly next?: number | undefined
}

/**
 * The store keeps schedules beside the queues: for each a time, and text and payload that it does not read. What a change is made of
 * is compared with what is there, in one step with the change, so that of several that were made of the same only one is carried
 * out. To drop a queue leaves its schedules.
 */
export interface Schedules {
  /** The schedules of a queue, by their ids: all of them or those named. And what time it is by the store, in Unix seconds. */
  list(
    queue: string,
    ids?: readonly string[],
  ): Awaitable<{ readonly now: number; readonly schedules: readonly StoredSchedule[] }>
  /**
   * Keeps a schedule, in the place of that whose version is `former` (`undefined`: where there is none). `false`: it is another one by
   * now, and nothing was changed.
   */
  put(schedule: StoredSchedule, former: string | undefined): Awaitable<boolean>
  /** Removes a schedule, if it is there. */
  remove(queue: string, id: string): Awaitable<void>
  /** Looks for what is due on these queues. */
  due(queues: readonly string[]): Awaitable<DueSchedules>
  /**
   * Moves a schedule on and pushes tasks, both or neither. A task whose id the queue has already is left as it is, where tasks keep their
   * ids. What it gives says whether that was done. `unless` is given only where the client has `listing`.
   */
  tick(change: ScheduleChange): Awaitable<'ticked' | 'held' | 'other'>
  /**
   * Makes a worker known as `directory.announce` does, in the same step, and gives the seconds until the next schedule of its queues
   * is due, 0 for now. `undefined`: they have none.
   */
  announce(worker: WorkerInfo, ttl: number): Awaitable<number | undefined>
  /**
   * Calls `listener` with the name of the queue soon after a schedule was put. It is a hint that may come too often, or get lost, or, from other clients, not come
   * at all. Gives what ends the listening.
   */
  onPut(listener: (queue: string) => void): () => void
}

/**
 * A task can be parked until others of its queue have ended: {@link PushItem.after}. The step that pushes it looks which of them are
 * there; the step that ends one of them (an ack, a burial, a cancel, a removal) makes due what waits for nothing else. A parked task
 * counts as delayed; nobody is given it, nor can it be expedited, until then. Whether it succeeded is for the worker to decide that gets it: a store knows of no
 * outcomes but that something ended without success.
 */
export interface Dependents {
  /**
   * What each of these tasks waits for, as far as they are parked: ids of tasks, or that of a batch of which it is a callback. Of very
   * many at least {@link MOST_SHOWN}.
   */
  waitsFor(queue: string, taskIds: readonly string[]): Awaitable<Map<string, readonly string[]>>
}

/** The number of dependencies of one task that a store reports at least. */
export const MOST_SHOWN = 100
/** How many members of a batch a store names at a time at most. */
export const MOST_MEMBERS = 1000
/** Seconds for which it is known how a batch has ended, at least. */
export const BATCH_KEPT = 86_400

/**
 * Tasks of a queue can be members of a batch: {@link PushItem.batch}. It is over once it is full and its last member has ended: the
 * step that ends it makes its callbacks due, and removes those that are for another end. A batch can itself be a member of another one.
 * To drop a queue drops its batches.
 *
 * A push to a batch that is over or canceled, or was never opened, is refused as a whole with BatchOverError. A member that is pushed again
 * while it is there counts once. A dead letter has ended; to kick it makes it no member again.
 */
export interface Batches {
  /** Makes a batch, and parks its callbacks. One that is there is left as it is. @throws BatchOverError: its parent is over. */
  open(queue: string, batch: NewBatch): Awaitable<void>
  /** Says that a batch is full, or that it is canceled. `false`: there is none, or it is over. */
  close(queue: string, batchId: string, as: 'full' | 'canceled'): Awaitable<boolean>
  /** How far a batch is. `undefined`: there is none, or it has ended long ago. */
  find(queue: string, batchId: string): Awaitable<BatchState | undefined>
  /** Some of the members that have not ended, up to {@link MOST_MEMBERS}. */
  members(queue: string, batchId: string): Awaitable<BatchMembers>
  /**
   * The batches of a queue that have not ended, the one that was made last first, as far as the store or their ids tell; or those that have, the one
   * that ended last first. A page at a time, and of a page with no more work than what it holds.
   *
   * @throws InvalidOptionError: `after` is the `next` of no page.
   */
  list(queue: string, which: 'open' | 'ended', page?: PageRequest): Awaitable<BatchPage>
}
