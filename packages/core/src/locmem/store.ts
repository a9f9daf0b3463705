import { setTimeout } from '../base/timers.js'
import { type Clock, systemClock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import { NORMAL, PRIORITIES, type Priority, levelOf, priorityAt } from '../base/priorities.js'
import { checkCursor } from '../backend/kit/check-cursor.js'
import { LevelShares } from '../backend/kit/level-shares.js'
import type {
  BatchEnd,
  Canceled,
  Counts,
  DeathReason,
  Delivery,
  NewBatch,
  Page,
  PageRequest,
  Pause,
  Placed,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  StoredState,
  StoredTask,
  UniqueKey,
} from '../backend/contract.js'
import { type Finished, MOST_REMOVED, type PauseOptions } from '../backend/facets.js'
import { DuplicateTaskError } from '../errors/index.js'
import { Heap } from './heap.js'
import { type Found, TakenKeys, forgetKey, look, mark } from './keys.js'
import { Parking } from './parking.js'
import { LocmemQueue, LocmemTask } from './queue.js'
import { KeptSchedules } from './schedules.js'
import { KeptResults } from './results.js'
import { LocmemState } from './state.js'
import { type Wait, Waiters } from './waiters.js'
import { LocmemTallies } from './tallies.js'
import { KnownWorkers } from './workers.js'

const NOTHING: Counts = { waiting: 0, delayed: 0, running: 0, dead: 0 }
const PAGE_LIMIT = 100

const soonest = () =>
  new Heap<LocmemTask>((a, b) => a.until < b.until || (a.until === b.until && a.pushed < b.pushed))

/**
 * Queues in the memory of this process. A task is `waiting` in its queue's line, `delayed` or `running` in a heap by the
 * time that this ends, or `dead`. Pushing makes it waiting or delayed; a delay that ends makes it waiting at the tail;
 * reserving makes it running; a lease that lapses or a release makes it waiting at its old place; a release with a delay,
 * delayed; burying, dead; kicking, waiting at the tail. What waits for others is parked: delayed, without an end. Each level has a line of its own. Acknowledged and removed tasks leave no trace.
 * Every method is one step: nothing else runs in between.
 */
export class LocmemStore {
  /** How many clients use it. */
  clients = 0
  /** Called when a task is taken away from a client that may hold it. */
  readonly cancelListeners: Set<() => void> = new Set()
  readonly workers: KnownWorkers
  /** What is kept by name. */
  readonly state: LocmemState
  readonly tallies: LocmemTallies
  readonly schedules: KeptSchedules
  readonly results: KeptResults
  readonly parking: Parking
  readonly #clock: Clock
  readonly #queues = new Map<string, LocmemQueue>()
  /** Of each queue the ids that left it without success, the oldest first. */
  readonly #removed = new Map<string, Set<string>>()
  readonly #taken = new TakenKeys()
  readonly #timed = { delayed: soonest(), running: soonest() }
  readonly #waiters: Waiters
  readonly #shares = new LevelShares()
  readonly #paused = new Set<LocmemQueue>()
  #pushes = 0
  #places = 0
  #leases = 0
  /** There while it is not sure which leases have lapsed. */
  #ending: Promise<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.workers = new KnownWorkers(clock)
    this.state = new LocmemState(clock)
    this.results = new KeptResults(clock)
    this.tallies = new LocmemTallies(clock)
    this.parking = new Parking(clock, {
      release: (task, due) => this.#putDue(this.#leave(task), due),
      remove: (task) => {
        this.#forget(task, false)
        this.#remember(task)
      },
    })
    this.schedules = new KeptSchedules(clock, {
      stateOf: (queue, taskId) => this.find(queue, [taskId]).get(taskId),
      push: (queue, items) => this.pushMany(queue, items),
    })
    const end = (state: 'delayed' | 'running') => this.#timed[state].first?.until ?? Infinity
    const nextDue = () => Math.min(end('delayed'), end('running'), this.#endOfPauses())
    this.#waiters = new Waiters(clock, nextDue, () => this.endLeases())
  }

  pushMany(name: string, items: readonly PushItem[]): string[] {
    for (const { batch } of items) if (batch !== undefined) this.parking.openBatch(name, batch)
    for (const [task, { after, batch, delayUntil }] of this.#admit(name, items)) {
      if (batch !== undefined) this.#enroll(task, batch)
      if (after && this.parking.park(task, after, delayUntil)) this.#hold(task, 'delayed', Infinity)
      else this.#putDue(task, delayUntil)
    }
    return items.map((item) => item.taskId)
  }

  openBatch(name: string, { batchId, callbacks, parent }: NewBatch): void {
    const batch = this.parking.open(name, batchId, parent)
    if (!batch) return
    for (const [end, item] of Object.entries(callbacks) as [BatchEnd, PushItem][]) {
      for (const [task] of this.#admit(name, [item])) {
        this.parking.addCallback(batch, end, task, item.delayUntil)
        this.#hold(task, 'delayed', Infinity)
      }
    }
  }

  waitsFor(name: string, taskIds: readonly string[]): Map<string, readonly string[]> {
    return this.parking.waitsFor(this.#queues.get(name), taskIds)
  }

  /** Pushes a batch of which some have a key: all of it, or nothing. */
  place(name: string, items: readonly PushItem[]): Placed[] {
    const now = this.#promote()
    if (items.length > 1) this.#refuseThose(name, items, now)
    return items.map((item) => this.#place(name, item, now))
  }

  /**
   * Hands back what is leased for longer than until now, and must come before whatever looks at that; gives a promise while it
   * has to wait. Every holder is in this very process, and could not renew it while the event loop stood still: so
   * timers that are late have their turn first.
   */
  endLeases(): Promise<void> | undefined {
    const now = this.#clock.now()
    if ((this.#timed.running.first?.until ?? Infinity) > now) return undefined
    if (this.#clock !== systemClock) return this.#endLeases(now)
    this.#ending ??= new Promise((resolve) => setTimeout(resolve, 0)).then(() => {
      this.#ending = undefined
      this.#endLeases(now)
    })
    return this.#ending
  }

  take(names: readonly string[], { limit = 1, lease, priorities }: ReserveOptions): Delivery[] {
    const now = this.#promote()
    const taken: Delivery[] = []
    for (const name of names) {
      const queue = this.#queues.get(name)
      const room = limit - taken.length
      if (!queue || room <= 0 || this.#isPaused(queue, now)) continue
      if (queue.isLevel && this.#shares.clocksOf(name) === undefined) {
        const line = queue.lines[NORMAL]
        for (let task = line?.first; task && taken.length < limit; task = line?.first)
          taken.push(this.#lend(task, now + lease))
        continue
      }
      for (const level of this.#shares.next(name, queue.inLine, room, priorities === 'strict')) {
        const task = queue.lines[level]?.first
        if (task) taken.push(this.#lend(task, now + lease))
      }
    }
    return taken
  }

  pause(name: string, { for: seconds, reason }: PauseOptions): void {
    const since = this.#clock.now()
    const queue = this.#queues.get(name) ?? new LocmemQueue(name)
    this.#queues.set(name, queue)
    queue.pause = { since, until: seconds === undefined ? undefined : since + seconds, reason }
    this.#paused.add(queue)
    this.#waiters.arm()
  }

  resume(name: string): boolean {
    const queue = this.#queues.get(name)
    if (!queue || !this.#isPaused(queue, this.#clock.now())) return false
    this.#unpause(queue)
    this.#waiters.wake()
    return true
  }

  paused(name: string): Pause | undefined {
    const queue = this.#queues.get(name)
    return queue && this.#isPaused(queue, this.#clock.now()) && queue.pause ? { ...queue.pause } : undefined
  }

  expedite(name: string, taskId: string): boolean {
    this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    if (task?.state !== 'delayed' || task.parked) return false
    this.#join(this.#leave(task))
    return true
  }

  /** How many wait at each level but the usual one. */
  waiting(name: string): Partial<Record<Priority, number>> {
    this.#promote()
    const inLine = this.#queues.get(name)?.inLine ?? []
    const levels = PRIORITIES.map((priority, level) => [priority, inLine[level] ?? 0] as const)
    return Object.fromEntries(levels.filter(([, count]) => count > 0))
  }

  takeById(name: string, taskId: string, lease: number): Delivery | undefined {
    const now = this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    const isFree = (task?.state === 'waiting' || task?.state === 'delayed') && !task.parked
    return isFree ? this.#lend(task, now + lease) : undefined
  }

  wait(names: readonly string[], options: ReserveOptions, seconds: number): Wait {
    return this.#waiters.wait(seconds, () => this.take(names, options))
  }

  ack(deliveries: readonly Delivery[]): Delivery[] {
    return deliveries.filter((delivery) => {
      const task = this.#held(delivery)
      if (task) this.#forget(task, true)
      return !task
    })
  }

  finish(finished: readonly Finished[]): Delivery[] {
    return finished.flatMap(({ delivery, result, keepFor }) => {
      const task = this.#held(delivery)
      if (!task) return [delivery]
      this.#forget(task, true)
      this.results.keep(delivery.queue, delivery.taskId, copy(result), keepFor)
      return []
    })
  }

  noteOf(name: string, taskId: string): Payload | undefined {
    const note = this.#queues.get(name)?.tasks.get(taskId)?.note
    return note === undefined ? undefined : copy(note)
  }

  note(delivery: Delivery, note: Payload): boolean {
    const task = this.#held(delivery)
    if (task) task.note = copy(note)
    return task !== undefined
  }

  extend(deliveries: readonly Delivery[], lease: number): Delivery[] {
    const until = this.#clock.now() + lease
    return deliveries.filter((delivery) => {
      const task = this.#held(delivery)
      if (task) this.#hold(this.#leave(task), 'running', until)
      return !task
    })
  }

  release(delivery: Delivery, { data, delayUntil, deliveries = 0 }: ReleaseOptions): boolean {
    const task = this.#held(delivery)
    if (!task) return false
    this.#renew(task).deliveries = deliveries
    if (data !== undefined) task.data = copy(data)
    if (delayUntil !== undefined && delayUntil > this.#clock.now()) this.#hold(task, 'delayed', delayUntil)
    else this.#comeBack(task)
    return true
  }

  bury(delivery: Delivery, reason: DeathReason): boolean {
    const task = this.#held(delivery)
    if (!task) return false
    this.#renew(task).reason = { ...reason }
    task.queue.dead.add(task)
    this.#enter(task, 'dead')
    this.parking.ended(task, false)
    return true
  }

  counts(name: string): Counts {
    this.#promote()
    return { ...(this.#queues.get(name)?.counts ?? NOTHING) }
  }

  queues(): string[] {
    return [...this.#queues.values()].flatMap(({ name, tasks }) => (tasks.size > 0 ? [name] : [])).sort()
  }

  list(name: string, state: StoredState, { limit = PAGE_LIMIT, after = '0' }: PageRequest): Page {
    this.#promote()
    const from = Number(checkCursor(after, /^(\d{1,15})$/)[0])
    const tasks: StoredTask[] = []
    let last = after
    for (const task of this.#queues.get(name)?.tasks.values() ?? []) {
      if (task.state !== state || task.pushed <= from) continue
      if (tasks.length === limit) return { tasks, next: last }
      tasks.push(show(task))
      last = String(task.pushed)
    }
    return { tasks }
  }

  get(name: string, taskId: string): StoredTask | undefined {
    this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    return task && show(task)
  }

  find(name: string, taskIds: readonly string[]): Map<string, StoredState> {
    this.#promote()
    const states = new Map<string, StoredState>()
    for (const id of taskIds) {
      const task = this.#queues.get(name)?.tasks.get(id)
      if (task) states.set(id, task.state)
    }
    return states
  }

  removed(name: string, taskIds: readonly string[]): Set<string> {
    const removed = this.#removed.get(name)
    return new Set(taskIds.filter((id) => removed?.has(id)))
  }

  kick(name: string, taskIds?: readonly string[]): number {
    const queue = this.#queues.get(name)
    if (!queue) return 0
    const named = taskIds?.flatMap((id) => queue.tasks.get(id) ?? [])
    const dead = [...new Set(named ?? queue.dead)].filter((task) => task.state === 'dead')
    for (const task of dead) this.#join(this.#renew(task))
    return dead.length
  }

  remove(name: string, taskId: string): Payload | undefined {
    this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    if (!task || task.state === 'running') return undefined
    this.#forget(task, false)
    this.#remember(task)
    return task.data
  }

  cancel(name: string, taskId: string): Canceled | undefined {
    this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    if (!task) return undefined
    const { data, state } = task
    this.#takeAway([task])
    this.#remember(task)
    return { data, wasRunning: state === 'running' }
  }

  dropAll(name: string): void {
    this.parking.drop(name)
    this.#takeAway([...(this.#queues.get(name)?.tasks.values() ?? [])])
    this.#removed.delete(name)
    this.#taken.drop(name)
  }

  #place(name: string, item: PushItem, now: number): Placed {
    const { taskId, unique } = item
    if (!unique) {
      this.pushMany(name, [item])
      return { taskId, isDuplicate: false }
    }
    const { other, runs } = this.#look(name, unique, now)
    if (other !== undefined) {
      const isDuplicate = other !== taskId
      if (isDuplicate && unique.onConflict === 'throw') throw new DuplicateTaskError(other, name, 'key')
      if (isDuplicate && unique.onConflict === 'replace') this.#replace(name, other, item, now)
      return { taskId: other, isDuplicate, runs }
    }
    const latest = unique.atMost === undefined ? undefined : now + unique.atMost
    const delayUntil = earlier(item.delayUntil, latest)
    const isThere = this.#queues.get(name)?.tasks.has(taskId) ?? false
    this.pushMany(name, [delayUntil === item.delayUntil ? item : { ...item, delayUntil }])
    const task = this.#queues.get(name)?.tasks.get(taskId)
    if (isThere || !task) return { taskId, isDuplicate: false, runs }
    mark(task, unique.key, latest)
    this.#taken.take(name, unique, taskId, now)
    return { taskId, isDuplicate: false, runs }
  }

  /** Refuses a batch for what its later steps would be refused for. */
  #refuseThose(name: string, items: readonly PushItem[], now: number): void {
    const fresh = new Map<string, PushItem>()
    const keys = new Map<string, string>()
    for (const item of items) {
      const { taskId, unique, data } = item
      const other = unique && (this.#look(name, unique, now).other ?? keys.get(unique.key))
      if (other !== undefined && other !== taskId && unique?.onConflict === 'throw')
        throw new DuplicateTaskError(other, name, 'key')
      if (other !== undefined) continue
      const held = fresh.get(taskId)?.data ?? this.#queues.get(name)?.tasks.get(taskId)?.data
      if (held !== undefined && !same(held, data)) throw new DuplicateTaskError(taskId, name)
      fresh.set(taskId, item)
      if (unique) keys.set(unique.key, taskId)
    }
  }

  #look(name: string, unique: UniqueKey, now: number): Found {
    const queue = this.#queues.get(name)
    const found = look(queue, unique)
    if (found.other !== undefined) return found
    const taker = this.#taken.takerOf(name, unique, now)
    const isFree =
      taker === undefined || queue?.tasks.get(taker)?.state === 'dead' || this.#removed.get(name)?.has(taker)
    return isFree ? found : { other: taker, runs: found.runs }
  }

  /** Gives a task that waits all of another but its id. */
  #replace(name: string, taskId: string, item: PushItem, now: number): void {
    const { data, delayUntil, unique, after } = item
    const task = this.#queues.get(name)?.tasks.get(taskId)
    if (task?.key !== unique?.key || (task?.state !== 'waiting' && task?.state !== 'delayed')) return
    task.data = copy(data)
    task.note = undefined
    const due = earlier(delayUntil, task.latest)
    const isDelayed = due !== undefined && due > now
    const level = levelOf(item.priority)
    if (isDelayed || after || task.state === 'delayed' || level !== task.level) {
      this.#renew(task)
      task.level = level
      this.parking.unpark(task)
      if (after && this.parking.park(task, after, due)) this.#hold(task, 'delayed', Infinity)
      else if (isDelayed) this.#hold(task, 'delayed', due)
      else this.#join(task)
    } else {
      task.deliveries = 0
      task.receipt = ''
    }
    if (unique) this.#taken.take(name, unique, taskId, now)
  }

  /** Enters the ids of a whole batch, or of nothing; gives the tasks that are new. */
  #admit(name: string, items: readonly PushItem[]): (readonly [LocmemTask, PushItem])[] {
    const queue = this.#queues.get(name) ?? new LocmemQueue(name)
    const added: (readonly [LocmemTask, PushItem])[] = []
    for (const item of items) {
      const { taskId, data, enqueuedAt, priority } = item
      const held = queue.tasks.get(taskId)
      if (!held) {
        const task = new LocmemTask(queue, taskId, copy(data), ++this.#pushes)
        task.enqueuedAt = enqueuedAt
        task.level = levelOf(priority)
        queue.tasks.set(taskId, task)
        added.push([task, item])
      } else if (!same(held.data, data)) {
        for (const [task] of added) queue.tasks.delete(task.taskId)
        throw new DuplicateTaskError(taskId, name)
      }
    }
    if (added.length > 0) this.#queues.set(name, queue)
    const removed = this.#removed.get(name)
    if (removed) for (const { taskId } of items) removed.delete(taskId)
    return added
  }

  /** Moves to the waiting lines whatever is due by now, and gives the time. */
  #promote(): number {
    const now = this.#clock.now()
    const { delayed } = this.#timed
    for (let task = delayed.first; task && task.until <= now; task = delayed.first)
      this.#join(this.#leave(task))
    return now
  }

  #endLeases(now: number): undefined {
    const { running } = this.#timed
    for (let task = running.first; task && task.until <= now; task = running.first)
      this.#comeBack(this.#leave(task))
  }

  #lend(task: LocmemTask, until: number): Delivery {
    this.#hold(this.#leave(task), 'running', until)
    task.deliveries += 1
    task.receipt = String(++this.#leases)
    const { taskId, deliveries, receipt } = task
    return { queue: task.queue.name, taskId, data: copy(task.data), deliveries, receipt }
  }

  /** The task of a delivery, if nobody else has been given it since. */
  #held({ queue, taskId, receipt }: Delivery): LocmemTask | undefined {
    const task = this.#queues.get(queue)?.tasks.get(taskId)
    return task && receipt !== '' && task.receipt === receipt ? task : undefined
  }

  /** Takes a task out of its state, to stand in the next one as if it had never been handed out. */
  #renew(task: LocmemTask): LocmemTask {
    this.#leave(task)
    task.deliveries = 0
    task.receipt = ''
    task.reason = undefined
    return task
  }

  /** Forgets tasks for good, and notifies those who may hold them. */
  #takeAway(tasks: readonly LocmemTask[]): void {
    for (const task of tasks) this.#forget(task, false)
    if (tasks.every((task) => task.receipt === '')) return
    for (const listener of this.cancelListeners) listener()
  }

  #forget(task: LocmemTask, isSuccess: boolean): void {
    const { queue } = this.#leave(task)
    queue.tasks.delete(task.taskId)
    if (task.key !== undefined) forgetKey(task, task.key)
    if (task.dependents || task.batch || task.parked) this.parking.ended(task, isSuccess)
    if (queue.tasks.size === 0 && !queue.pause) this.#queues.delete(queue.name)
  }

  #enroll(task: LocmemTask, batchId: string): void {
    task.batch = this.parking.openBatch(task.queue.name, batchId)
    task.batch.add(task)
  }

  #putDue(task: LocmemTask, due: number | undefined): void {
    if (due !== undefined && due > this.#clock.now()) this.#hold(task, 'delayed', due)
    else this.#join(task)
  }

  /** Whether a queue is paused; a pause that is over by now is forgotten. */
  #isPaused(queue: LocmemQueue, now: number): boolean {
    if (!queue.pause) return false
    if ((queue.pause.until ?? Infinity) > now) return true
    this.#unpause(queue)
    return false
  }

  #unpause(queue: LocmemQueue): void {
    queue.pause = undefined
    this.#paused.delete(queue)
    if (queue.tasks.size === 0) this.#queues.delete(queue.name)
  }

  #endOfPauses(): number {
    let end = Infinity
    for (const { pause } of this.#paused) end = Math.min(end, pause?.until ?? Infinity)
    return end
  }

  /** It left the queue without success. */
  #remember({ queue, taskId }: LocmemTask): void {
    const removed = this.#removed.get(queue.name) ?? new Set<string>()
    this.#removed.set(queue.name, removed.add(taskId))
    const [oldest] = removed
    if (removed.size > MOST_REMOVED && oldest !== undefined) removed.delete(oldest)
  }

  #join(task: LocmemTask): void {
    task.place = ++this.#places
    task.queue.lineOf(task).join(task)
    this.#enter(task, 'waiting')
    this.#waiters.wake()
  }

  #comeBack(task: LocmemTask): void {
    task.queue.lineOf(task).comeBack(task)
    this.#enter(task, 'waiting')
    this.#waiters.wake()
  }

  #hold(task: LocmemTask, state: 'delayed' | 'running', until: number): void {
    task.until = until
    this.#timed[state].add(task)
    this.#enter(task, state)
    this.#waiters.arm()
  }

  #enter(task: LocmemTask, state: StoredState): void {
    task.state = state
    task.queue.counts[state] += 1
    if (state === 'waiting') task.queue.inLine[task.level] = (task.queue.inLine[task.level] ?? 0) + 1
  }

  #leave(task: LocmemTask): LocmemTask {
    task.queue.counts[task.state] -= 1
    if (task.state === 'waiting') {
      task.queue.inLine[task.level] = (task.queue.inLine[task.level] ?? 0) - 1
      task.queue.lineOf(task).leave(task)
    } else if (task.state === 'dead') task.queue.dead.delete(task)
    else this.#timed[task.state].remove(task)
    return task
  }
}

/** Bytes are copied on their way in and out, so that nobody can change what is stored. */
function copy(data: Payload): Payload {
  return typeof data === 'string' ? data : new Uint8Array(data)
}

function earlier(due: number | undefined, latest: number | undefined): number | undefined {
  return due === undefined || latest === undefined ? due : Math.min(due, latest)
}

function same(a: Payload, b: Payload): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0
}

function show({ taskId, state, data, until, enqueuedAt, reason, level, parked }: LocmemTask): StoredTask {
  const timed = (state === 'delayed' && !parked) || state === 'running'
  const when = { until: timed ? until : undefined, enqueuedAt, reason }
  return { taskId, state, data: copy(data), ...when, priority: priorityAt(level) }
}
