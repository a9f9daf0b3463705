import {
  type BatchMembers,
  type BatchPage,
  type BatchState,
  type Canceled,
  type Counts,
  type DeathReason,
  type Delivery,
  DuplicateTaskError,
  type Page,
  type PageRequest,
  type Pause,
  type PauseOptions,
  type Placed,
  type Payload,
  type Priority,
  type StoredState,
  type StoredTask,
} from '@alligator/core'
import { LevelShares, NORMAL, PRIORITIES, checkCursor, checkText, reasonText } from '@alligator/core/backend'
import type { SqliteDatabase } from './driver.js'
import type { Leases } from './leases.js'
import { Prepared } from './prepared.js'
import { KeptSchedules } from './schedules.js'
import * as sql from './statements.js'
import {
  type Callback,
  addBatch,
  addCallback,
  closeBatch,
  findBatch,
  listBatches,
  finish,
  hasTie,
  membersOf,
  openBatches,
  tie,
  unpark,
} from './ties.js'
import type { Answer, Question, Steps } from './questions.js'
import { place } from './uniqueness.js'
import {
  LEVELS,
  type ListedRow,
  type NewTask,
  type StoredId,
  dueOf,
  packId,
  readReceipt,
  receiptOf,
  sameData,
  stateOf,
  unpackData,
  unpackId,
  unpackTask,
  uuidOf,
  levelColumn,
  noteIn,
} from './stored.js'

const PAGE_LIMIT = 100
/** How many delays and leases one step ends at most: enough to keep up, few enough not to hold the file for long. */
const MOST_ENDED = 1000

/** What to take: so many tasks, until this Unix time. */
export interface Take {
  readonly limit: number
  readonly until: number
  /** Whether each level is emptied before the next. */
  readonly isStrict: boolean
}

/** How a task goes back. */
export interface GoingBack {
  /** 0 for at once, else the Unix time before which it must not be handed out. */
  readonly due: number
  /** How often it counts as handed out. */
  readonly deliveries: number
  readonly data: Payload | undefined
}

type RemovedRow = [data: Payload, ties: number | null]
type CanceledRow = [...RemovedRow, due: number | null, lease: number | null]
type DueRow = [seq: number, id: string, isUuid: number, data: Payload, deliveries: number]

/**
 * The tables, and each step that is made on them. Every method is synchronous and belongs in one transaction, which its
 * caller opens where it writes; `now` is Unix time.
 */
export class Store {
  readonly db: SqliteDatabase
  readonly schedules: KeptSchedules
  readonly #leases: Leases
  readonly #prepared: Prepared
  readonly #queueIds = new Map<string, number>()
  readonly #shares = new LevelShares()
  #inOwnTransaction = false
  #schemaVersion: number | undefined

  /** `leases` gives the numbers of what is handed out. */
  constructor(db: SqliteDatabase, leases: Leases) {
    this.db = db
    this.#leases = leases
    this.#prepared = new Prepared(db)
    this.schedules = new KeptSchedules(this.#prepared, this)
  }

  /** Makes several steps one: either all of them are stored, or it throws and none is. */
  transact<T>(steps: () => T): T {
    this.#prepared.run(sql.BEGIN)
    this.#inOwnTransaction = true
    try {
      this.checkQueues()
      const result = steps()
      this.#prepared.run(sql.COMMIT)
      return result
    } catch (error) {
      if (this.db.inTransaction) this.#prepared.run(sql.ROLLBACK)
      this.#forgetQueues()
      throw error
    } finally {
      this.#inOwnTransaction = false
    }
  }

  /** The number of a queue is true for as long as nobody drops the tables and makes others: a task would go to no queue. */
  checkQueues(): void {
    const version = this.#prepared.get<[number]>(sql.SCHEMA_VERSION)?.[0]
    if (version !== this.#schemaVersion) this.#forgetQueues()
    this.#schemaVersion = version
  }

  /** Adds all of these tasks or, when it throws, none. */
  push(name: string, tasks: readonly NewTask[], now: number): void {
    if (tasks.length === 1) return this.#pushAll(name, tasks, now)
    this.#prepared.run(sql.SAVEPOINT)
    try {
      this.#pushAll(name, tasks, now)
    } catch (error) {
      // On some errors SQLite has rolled everything back by itself.
      if (this.db.inTransaction) this.#prepared.run(sql.ROLLBACK_SAVEPOINT)
      this.#forgetQueues()
      throw error
    } finally {
      if (this.db.inTransaction) this.#prepared.run(sql.RELEASE_SAVEPOINT)
    }
  }

  /** The same for tasks of which some have a key; gives what became of each. */
  place(name: string, tasks: readonly NewTask[], now: number): Placed[] {
    return this.#play(place(this.#queueId(name) ?? this.#addQueue(name), name, tasks, now))
  }

  /** Makes a batch, and parks its callbacks. */
  openBatch(
    name: string,
    batchId: string,
    callbacks: readonly Callback[],
    parent: string | undefined,
    now: number,
  ): void {
    const queue = this.#queueId(name) ?? this.#addQueue(name)
    const nr = this.#play(addBatch(queue, name, batchId, parent, now))
    if (nr === undefined) return
    for (const callback of callbacks) {
      this.#pushAll(name, [callback.task], now)
      this.#play(addCallback(queue, nr, callback))
    }
  }

  closeBatch(name: string, batchId: string, as: 'full' | 'canceled', now: number): boolean {
    const queue = this.#queueId(name)
    return queue !== undefined && this.#play(closeBatch(queue, batchId, as, now))
  }

  findBatch(name: string, batchId: string): BatchState | undefined {
    const queue = this.#queueId(name)
    return queue === undefined ? undefined : this.#play(findBatch(queue, batchId))
  }

  listBatches(name: string, which: 'open' | 'ended', page: PageRequest): BatchPage {
    return this.#play(listBatches(this.#queueId(name) ?? 0, which, page))
  }

  members(name: string, batchId: string): BatchMembers {
    return this.#play(membersOf(this.#queueId(name) ?? 0, batchId))
  }

  waitsFor(name: string, taskIds: readonly string[]): Map<string, readonly string[]> {
    const found = new Map<string, readonly string[]>()
    const queue = this.#queueId(name)
    for (const taskId of queue === undefined ? [] : taskIds) {
      const rows = this.#prepared.all<[StoredId, string | null]>(sql.WAITS_FOR, queue, packId(taskId))
      if (rows.length > 0)
        found.set(
          taskId,
          rows.map(([id, batch]) => batch ?? unpackId(id)),
        )
    }
    return found
  }

  take(names: readonly string[], { limit, until, isStrict }: Take, now: number): Delivery[] {
    const taken: Delivery[] = []
    const lease = this.#leases.next()
    for (const name of names) {
      const queue = this.#queueId(name)
      if (queue === undefined || taken.length >= limit) continue
      const state = this.#endOver(queue, now)
      if (state === 'paused') continue
      const room = limit - taken.length
      const levels = state === 'uneven' ? this.#levels(name, queue, room, isStrict) : undefined
      const rows = levels
        ? this.#takeLevels(queue, levels, until, lease)
        : this.#takeFirst(queue, NORMAL, room, until, lease)
      for (const row of rows) taken.push(deliver(name, row, lease))
    }
    return taken
  }

  pause(name: string, { for: seconds, reason }: PauseOptions, now: number): void {
    const queue = this.#queueId(name) ?? this.#addQueue(name)
    this.#prepared.run(sql.PAUSE, queue, now, seconds === undefined ? null : now + seconds, reason ?? null)
  }

  resume(name: string, now: number): boolean {
    const queue = this.#queueId(name)
    const wasPaused = this.paused(name, now) !== undefined
    if (queue !== undefined) this.#prepared.run(sql.RESUME, queue)
    return wasPaused
  }

  paused(name: string, now: number): Pause | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<[number, number | null, string | null]>(sql.PAUSE_OF, queue, now)
    return row && { since: row[0], until: row[1] ?? undefined, reason: row[2] ?? undefined }
  }

  expedite(name: string, taskId: string, now: number): boolean {
    const queue = this.#queueId(name)
    return queue !== undefined && this.#prepared.run(sql.EXPEDITE, packId(taskId), queue, now) === 1
  }

  /** How many wait at each level; what fell due a moment ago is counted when somebody takes something. */
  waiting(name: string): Partial<Record<Priority, number>> {
    const queue = this.#queueId(name)
    const counts = queue === undefined ? [] : this.#waitingAt(queue, -1)
    const levels = PRIORITIES.map((priority, place) => [priority, counts[place] ?? 0] as const)
    return Object.fromEntries(levels.filter(([, count]) => count > 0))
  }

  /** One task, unless it runs or is dead. */
  takeById(name: string, taskId: string, until: number, now: number): Delivery | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<DueRow>(sql.FIRST_ID, packId(taskId), queue, now)
    if (!row) return undefined
    const lease = this.#leases.next()
    this.#prepared.run(sql.HAND_OUT, -until, lease, row[0])
    return deliver(name, row, lease)
  }

  /** Zero when one of the queues has something to hand out, else when the next of their delays or leases ends. */
  nextDue(names: readonly string[], now: number): number | undefined {
    let next: number | undefined
    for (const name of names) {
      const queue = this.#queueId(name)
      if (queue === undefined) continue
      const [first, pause] =
        this.#prepared.get<[number | null, number | null]>(
          sql.NEXT_DUE,
          ...[queue, now, now, queue, now, queue, now, queue, now],
        ) ?? []
      const due = pause ?? first
      if (due != null && (next === undefined || due < next)) next = due
    }
    return next
  }

  ack(delivery: Delivery, now: number): boolean {
    if (this.#settle(sql.ACK, [], delivery)) return true
    return this.#end(delivery, true, now, (id, queue) => this.#prepared.run(sql.DELETE, id, queue))
  }

  /** The same, keeping its result until a Unix time. */
  finish(delivery: Delivery, result: Payload, until: number, now: number): boolean {
    const queue = this.#queueId(delivery.queue)
    if (queue === undefined || !this.ack(delivery, now)) return false
    this.#prepared.run(sql.FORGET_RESULTS, now)
    this.#prepared.run(sql.KEEP_RESULT, queue, packId(delivery.taskId), until, result)
    return true
  }

  results(name: string, taskIds: readonly string[], now: number): Map<string, Payload> {
    const found = new Map<string, Payload>()
    const queue = this.#queueId(name)
    for (const taskId of queue === undefined ? [] : taskIds) {
      const row = this.#prepared.get<[Payload]>(sql.RESULT, queue, packId(taskId), now)
      if (row) found.set(taskId, unpackData(row[0]))
    }
    return found
  }

  /** The number of the last result. */
  lastResult(): number {
    return this.#prepared.get<[number | null]>(sql.LAST_RESULT)?.[0] ?? 0
  }

  /** The tasks whose results have higher numbers, and the last of these. */
  resultsSince(last: number): { readonly last: number; readonly tasks: [queue: string, taskId: string][] } {
    const rows = this.#prepared.all<[number, string, StoredId]>(sql.NEW_RESULTS, last)
    return { last: rows.at(-1)?.[0] ?? last, tasks: rows.map(([, queue, id]) => [queue, unpackId(id)]) }
  }

  noteOf(name: string, taskId: string): Payload | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<[string | null]>(sql.REASON, packId(taskId), queue)
    return noteIn(row?.[0] ?? '')
  }

  /** `note`: as it is packed. */
  saveNote(delivery: Delivery, note: string): boolean {
    return this.#settle(sql.SAVE_NOTE, [note], delivery)
  }

  extend(delivery: Delivery, until: number): boolean {
    return this.#settle(sql.EXTEND, [-until], delivery)
  }

  release(delivery: Delivery, { due, deliveries, data }: GoingBack): boolean {
    if (data === undefined) return this.#settle(sql.RELEASE, [due, deliveries], delivery)
    return this.#settle(sql.RELEASE_DATA, [due, deliveries, data], delivery)
  }

  bury(delivery: Delivery, reason: DeathReason, now: number): boolean {
    const text = reasonText(reason)
    if (this.#settle(sql.BURY, [text], delivery)) return true
    return this.#end(delivery, false, now, (id, queue) => this.#prepared.run(sql.BURY_TIED, text, id, queue))
  }

  kick(name: string, taskIds: readonly string[] | undefined): number {
    const queue = this.#queueId(name)
    if (queue === undefined) return 0
    if (!taskIds) return this.#prepared.run(sql.KICK_ALL, queue)
    return taskIds.map(packId).reduce((kicked, id) => kicked + this.#prepared.run(sql.KICK_ID, id, queue), 0)
  }

  remove(name: string, taskId: string, now: number): Payload | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<RemovedRow>(sql.REMOVE, packId(taskId), queue, now)
    if (!row) return undefined
    this.#remember(queue, taskId)
    this.#endRemoved(queue, taskId, row[1], now)
    return unpackData(row[0])
  }

  /** Removes a task in whatever state, and counts it if somebody may hold it. */
  cancel(name: string, taskId: string, now: number): Canceled | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<CanceledRow>(sql.CANCEL, packId(taskId), queue)
    if (!row) return undefined
    this.#remember(queue, taskId)
    const [data, ties, due, lease] = row
    this.#endRemoved(queue, taskId, ties, now)
    if (lease !== null) this.#prepared.run(sql.COUNT_CANCEL)
    return { data: unpackData(data), wasRunning: due !== null && due < -now }
  }

  /** How often tasks were canceled that somebody may have held. */
  canceled(): number {
    return this.#prepared.get<[number]>(sql.CANCELED)?.[0] ?? 0
  }

  dropAll(name: string): void {
    const queue = this.#queueId(name)
    if (queue === undefined) return
    if (this.#prepared.get(sql.SOME_RUN, queue)) this.#prepared.run(sql.COUNT_CANCEL)
    this.#prepared.run(sql.DROP_ALL, queue)
    this.#prepared.run(sql.FORGET_REMOVED, queue)
    this.#prepared.run(sql.FORGET_KEYS, queue)
    for (const text of [sql.DROP_WAITS, sql.DROP_PARKED, sql.DROP_BATCHES]) this.#prepared.run(text, queue)
  }

  counts(name: string, now: number): Counts {
    const queue = this.#queueId(name) ?? null
    const parameters = [queue, now, now, queue, now, queue, now, queue]
    const [waiting = 0, delayed = 0, running = 0, dead = 0] =
      this.#prepared.get<number[]>(sql.COUNTS, ...parameters) ?? []
    return { waiting, delayed, running, dead }
  }

  queues(): string[] {
    return this.#prepared.all<[string]>(sql.QUEUES).map(([name]) => name)
  }

  list(
    name: string,
    state: StoredState,
    { limit = PAGE_LIMIT, after = '0' }: PageRequest,
    now: number,
  ): Page {
    const queue = this.#queueId(name)
    const from = Number(checkCursor(after, /^(\d{1,15})$/)[0])
    const timed = [queue, now, from]
    const parameters = {
      waiting: [queue, from, ...timed, ...timed],
      delayed: timed,
      running: timed,
      dead: [queue, from],
    }
    const rows =
      queue === undefined
        ? []
        : this.#prepared.all<ListedRow>(sql.LIST[state], ...parameters[state], limit + 1)
    const tasks = rows.slice(0, limit).map((row) => unpackTask(state, row))
    const last = rows.length > limit ? rows[limit - 1] : undefined
    return last ? { tasks, next: String(last[0]) } : { tasks }
  }

  get(name: string, taskId: string, now: number): StoredTask | undefined {
    const queue = this.#queueId(name)
    if (queue === undefined) return undefined
    const row = this.#prepared.get<ListedRow>(sql.GET, packId(taskId), queue)
    return row && unpackTask(stateOf(row[2], now), row)
  }

  find(name: string, taskIds: readonly string[], now: number): Map<string, StoredState> {
    const states = new Map<string, StoredState>()
    const queue = this.#queueId(name)
    if (queue === undefined) return states
    for (const taskId of taskIds) {
      const row = this.#prepared.get<[number | null]>(sql.DUE, packId(taskId), queue)
      if (row) states.set(taskId, stateOf(row[0], now))
    }
    return states
  }

  /** Those of these tasks that left the queue without success. */
  removed(name: string, taskIds: readonly string[]): Set<string> {
    const queue = this.#queueId(name)
    return new Set(
      queue === undefined
        ? []
        : taskIds.filter((taskId) => this.#prepared.get(sql.REMOVED, queue, packId(taskId))),
    )
  }

  #play<T>(steps: Steps<T>): T {
    let step = steps.next([])
    while (!step.done) step = steps.next(this.#answer(step.value))
    return step.value
  }

  /** Ends a task that is held, and has ties. `false`: it is no longer held. */
  #end(
    { receipt }: Delivery,
    isSuccess: boolean,
    now: number,
    how: (id: StoredId, queue: number) => unknown,
  ): boolean {
    const [queue, id] = this.#prepared.get<[number, StoredId]>(sql.HELD_TASK, ...readReceipt(receipt)) ?? []
    if (queue === undefined || id === undefined) return false
    how(id, queue)
    this.#play(finish(queue, { id, isSuccess }, now))
    return true
  }

  #endRemoved(queue: number, taskId: string, ties: number | null, now: number): void {
    if (!ties) return
    const id = packId(taskId)
    this.#play(unpark(queue, id))
    this.#play(finish(queue, { id, isSuccess: false }, now))
  }

  #answer({ text, values, gives }: Question): Answer {
    if (gives) return this.#prepared.all(text, ...values)
    this.#prepared.run(text, ...values)
    return []
  }

  #remember(queue: number, taskId: string): void {
    this.#prepared.run(sql.REMEMBER, queue, packId(taskId))
    this.#prepared.run(sql.FORGET_OLDEST)
  }

  #pushAll(name: string, tasks: readonly NewTask[], now: number): void {
    const queue = this.#queueId(name) ?? this.#addQueue(name)
    if (this.#prepared.get(sql.SOME_REMOVED, queue))
      for (const { id } of tasks) this.#prepared.run(sql.NOT_REMOVED, queue, id)
    if (tasks.some(hasTie)) return this.#pushTied(queue, name, tasks, now)
    this.#write(queue, name, tasks, now)
  }

  #write(queue: number, name: string, tasks: readonly NewTask[], now: number): void {
    if (tasks.some(({ level }) => level !== 0)) return this.#pushLevels(queue, name, tasks, now)
    for (let at = 0; at < tasks.length;) {
      const some = tasks.slice(at, at + (tasks.length - at < sql.MANY ? 1 : sql.MANY))
      const values: unknown[] = []
      for (const task of some)
        values.push(queue, task.id, dueOf(task, now), task.enqueuedAt ?? null, task.data)
      const added = this.#prepared.run(some.length === 1 ? sql.PUSH : sql.PUSH_MANY, ...values)
      if (added < some.length) this.#checkHeld(queue, name, some)
      at += some.length
    }
  }

  /** What is there already stays as it is. */
  #pushTied(queue: number, name: string, tasks: readonly NewTask[], now: number): void {
    const batches = this.#play(openBatches(queue, name, tasks))
    const byId = new Map(tasks.toReversed().map((task) => [unpackId(task.id), task]))
    const fresh = tasks.filter((task) => {
      const isFirst = byId.get(unpackId(task.id)) === task
      return isFirst && this.#prepared.get(sql.DATA, task.id, queue) === undefined
    })
    this.#write(queue, name, tasks, now)
    this.#play(tie(queue, fresh, batches))
  }

  #pushLevels(queue: number, name: string, tasks: readonly NewTask[], now: number): void {
    for (const task of tasks) {
      const { id, enqueuedAt = null, data } = task
      const row = [queue, id, dueOf(task, now), enqueuedAt, levelColumn(task), data]
      if (this.#prepared.run(sql.PUSH_LEVEL, ...row) === 0) this.#checkHeld(queue, name, [task])
    }
  }

  /** Pushing what is there already is no error, as long as it is the same. */
  #checkHeld(queue: number, name: string, tasks: readonly NewTask[]): void {
    for (const { id, data } of tasks) {
      const held = this.#prepared.get<[Payload]>(sql.DATA, id, queue)
      if (!held || !sameData(held[0], data)) throw new DuplicateTaskError(unpackId(id), name)
    }
  }

  /** What is over by now joins the tasks that wait. Gives whether some of these may be of other levels than the usual one. */
  #endOver(queue: number, now: number): 'paused' | 'uneven' | 'even' {
    const [delays, leases, isPaused] =
      this.#prepared.get<[number, number, number]>(sql.OVER, queue, now, queue, now, queue, now) ?? []
    if (isPaused) return 'paused'
    if (delays) this.#prepared.run(sql.END_DELAYS, queue, now, MOST_ENDED)
    if (leases) this.#prepared.run(sql.END_LEASES, queue, now, MOST_ENDED)
    return delays || leases ? 'uneven' : 'even'
  }

  /** The levels whose turn it is; `undefined` when all is usual. */
  #levels(name: string, queue: number, room: number, isStrict: boolean): number[] | undefined {
    const counts = this.#waitingAt(queue, room)
    const isEven = counts.every((count, level) => level === NORMAL || count === 0)
    if (isEven && this.#shares.clocksOf(name) === undefined) return undefined
    return this.#shares.next(name, counts, room, isStrict)
  }

  #waitingAt(queue: number, most: number): number[] {
    const parameters = LEVELS.flatMap(() => [queue, most])
    return this.#prepared.get<number[]>(sql.WAITING_AT, ...parameters) ?? []
  }

  /** In the order of the turns. */
  #takeLevels(queue: number, levels: readonly number[], until: number, lease: number): DueRow[] {
    const rows = LEVELS.map((_, level) => {
      const count = levels.filter((one) => one === level).length
      return count > 0 ? this.#takeFirst(queue, level, count, until, lease) : []
    })
    return levels.map((level) => rows[level]?.shift()).filter((row) => row !== undefined)
  }

  /** The first tasks of a level. */
  #takeFirst(queue: number, level: number, limit: number, until: number, lease: number): DueRow[] {
    const due = LEVELS[level] ?? 0
    const rows: DueRow[] =
      due === 0
        ? this.#prepared.all(sql.FIRST, queue, limit)
        : this.#prepared.all(sql.FIRST_AT, queue, due, limit)
    const [[first] = [], [last] = []] = [rows[0], rows.at(-1)]
    if (first === undefined) return rows
    if (rows.length === 1) this.#prepared.run(sql.HAND_OUT, -until, lease, first)
    else if (due === 0) this.#prepared.run(sql.HAND_OUT_ALL, -until, lease, queue, first, last)
    else this.#prepared.run(sql.HAND_OUT_AT, -until, lease, queue, due, first, last)
    return rows
  }

  #settle(text: string, changes: readonly unknown[], { receipt }: Delivery): boolean {
    return this.#prepared.run(text, ...changes, ...readReceipt(receipt)) === 1
  }

  #queueId(name: string): number | undefined {
    const known = this.#queueIds.get(name)
    if (known !== undefined) return known
    const [id] = this.#prepared.get<[number]>(sql.FIND_QUEUE, checkText(name, 'queue')) ?? []
    // What an open transaction of the app has added may still be rolled back.
    if (id !== undefined && (this.#inOwnTransaction || !this.db.inTransaction)) this.#queueIds.set(name, id)
    return id
  }

  /** After a rollback, for one: a queue that was added in there has no number any more, and the next new queue will get it. */
  #forgetQueues(): void {
    this.#queueIds.clear()
  }

  #addQueue(name: string): number {
    this.#prepared.run(sql.ADD_QUEUE, name)
    const id = this.#queueId(name)
    if (id === undefined) throw new Error(`The queue ${name} was added and is not there.`)
    return id
  }
}

function deliver(queue: string, [seq, id, isUuid, data, deliveries]: DueRow, lease: number): Delivery {
  return {
    queue,
    taskId: isUuid ? uuidOf(id) : id,
    data: unpackData(data),
    deliveries: deliveries + 1,
    receipt: receiptOf(seq, lease),
  }
}
