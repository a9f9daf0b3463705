import { setTimeout } from '../base/timers.js'
import { type Clock, systemClock } from '../base/clock.js'
import type { Payload } from '../base/payload.js'
import type {
  Canceled,
  Counts,
  DeathReason,
  Delivery,
  Page,
  PageRequest,
  PushItem,
  ReleaseOptions,
  ReserveOptions,
  StoredState,
  StoredTask,
} from '../backend/contract.js'
import { MOST_REMOVED } from '../backend/facets.js'
import { DuplicateTaskError } from '../errors/index.js'
import { Heap } from './heap.js'
import { LocmemQueue, LocmemTask } from './queue.js'
import { KeptSchedules } from './schedules.js'
import { type Wait, Waiters } from './waiters.js'
import { KnownWorkers } from './workers.js'

const NOTHING: Counts = { waiting: 0, delayed: 0, running: 0, dead: 0 }
const PAGE_LIMIT = 100

const soonest = () =>
  new Heap<LocmemTask>((a, b) => a.until < b.until || (a.until === b.until && a.pushed < b.pushed))

/**
 * Queues in the memory of this process. A task is `waiting` in its queue's line, `delayed` or `running` in a heap by the
 * time that this ends, or `dead`. Pushing makes it waiting or delayed; a delay that ends makes it waiting at the tail;
 * reserving makes it running; a lease that lapses or a release makes it waiting at its old place; a release with a delay,
 * delayed; burying, dead; kicking, waiting at the tail. Acknowledged and removed tasks leave no trace.
 * Every method is one step: nothing else runs in between.
 */
export class LocmemStore {
  /** How many clients use it. */
  clients = 0
  /** Told when a task is taken away from whoever may hold it. */
  readonly cancelListeners: Set<() => void> = new Set()
  readonly workers: KnownWorkers
  readonly schedules: KeptSchedules
  readonly #clock: Clock
  readonly #queues = new Map<string, LocmemQueue>()
  /** Of each queue the ids that left it without success, the oldest first. */
  readonly #removed = new Map<string, Set<string>>()
  readonly #timed = { delayed: soonest(), running: soonest() }
  readonly #waiters: Waiters
  #pushes = 0
  #places = 0
  #leases = 0
  /** There while it is not sure which leases have lapsed. */
  #ending: Promise<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.workers = new KnownWorkers(clock)
    this.schedules = new KeptSchedules(clock, {
      stateOf: (queue, taskId) => this.find(queue, [taskId]).get(taskId),
      push: (queue, items) => this.pushMany(queue, items),
    })
    const end = (state: 'delayed' | 'running') => this.#timed[state].first?.until ?? Infinity
    const nextDue = () => Math.min(end('delayed'), end('running'))
    this.#waiters = new Waiters(clock, nextDue, () => this.endLeases())
  }

  pushMany(name: string, items: readonly PushItem[]): string[] {
    const now = this.#clock.now()
    for (const [task, delayUntil] of this.#admit(name, items)) {
      if (delayUntil !== undefined && delayUntil > now) this.#hold(task, 'delayed', delayUntil)
      else this.#join(task)
    }
    return items.map((item) => item.taskId)
  }

  /**
   * Hands back what is leased for longer than until now, and must come before whatever looks at that; gives a promise while it
   * has to wait. Whoever holds something is of this very process, and could not renew it while the event loop stood still: so
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

  take(names: readonly string[], { limit = 1, lease }: ReserveOptions): Delivery[] {
    const now = this.#promote()
    const taken: Delivery[] = []
    for (const name of names) {
      while (taken.length < limit) {
        const task = this.#queues.get(name)?.line.first
        if (!task) break
        taken.push(this.#lend(task, now + lease))
      }
    }
    return taken
  }

  takeById(name: string, taskId: string, lease: number): Delivery | undefined {
    const now = this.#promote()
    const task = this.#queues.get(name)?.tasks.get(taskId)
    return task?.state === 'waiting' || task?.state === 'delayed' ? this.#lend(task, now + lease) : undefined
  }

  wait(names: readonly string[], options: ReserveOptions, seconds: number): Wait {
    return this.#waiters.wait(seconds, () => this.take(names, options))
  }

  ack(deliveries: readonly Delivery[]): Delivery[] {
    return deliveries.filter((delivery) => {
      const task = this.#held(delivery)
      if (task) this.#forget(task)
      return !task
    })
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
    return true
  }

  counts(name: string): Counts {
    this.#promote()
    return { ...(this.#queues.get(name)?.counts ?? NOTHING) }
  }

  queues(): string[] {
    return [...this.#queues.keys()].sort()
  }

  list(name: string, state: StoredState, { limit = PAGE_LIMIT, after = '0' }: PageRequest): Page {
    this.#promote()
    const tasks: StoredTask[] = []
    let last = after
    for (const task of this.#queues.get(name)?.tasks.values() ?? []) {
      if (task.state !== state || task.pushed <= Number(after)) continue
      if (tasks.length === limit) return { tasks, next: last }
      tasks.push(show(task))
      last = String(task.pushed)
    }
    return { tasks }
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
    this.#forget(task)
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
    this.#takeAway([...(this.#queues.get(name)?.tasks.values() ?? [])])
    this.#removed.delete(name)
  }

  /** Enters the ids of a whole batch, or of nothing; gives the tasks that are new. */
  #admit(name: string, items: readonly PushItem[]): (readonly [LocmemTask, number | undefined])[] {
    const queue = this.#queues.get(name) ?? new LocmemQueue(name)
    const added: (readonly [LocmemTask, number | undefined])[] = []
    for (const { taskId, data, delayUntil, enqueuedAt } of items) {
      const held = queue.tasks.get(taskId)
      if (!held) {
        const task = new LocmemTask(queue, taskId, copy(data), ++this.#pushes)
        task.enqueuedAt = enqueuedAt
        queue.tasks.set(taskId, task)
        added.push([task, delayUntil])
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

  /** Moves to the waiting lines whatever is due by now, and tells what time it is. */
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

  /** Forgets tasks for good, and tells those who may hold them. */
  #takeAway(tasks: readonly LocmemTask[]): void {
    for (const task of tasks) this.#forget(task)
    if (tasks.every((task) => task.receipt === '')) return
    for (const listener of this.cancelListeners) listener()
  }

  #forget(task: LocmemTask): void {
    const { queue } = this.#leave(task)
    queue.tasks.delete(task.taskId)
    if (queue.tasks.size === 0) this.#queues.delete(queue.name)
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
    task.queue.line.join(task)
    this.#enter(task, 'waiting')
    this.#waiters.wake()
  }

  #comeBack(task: LocmemTask): void {
    task.queue.line.comeBack(task)
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
  }

  #leave(task: LocmemTask): LocmemTask {
    task.queue.counts[task.state] -= 1
    if (task.state === 'waiting') task.queue.line.leave(task)
    else if (task.state === 'dead') task.queue.dead.delete(task)
    else this.#timed[task.state].remove(task)
    return task
  }
}

/** Bytes are copied on their way in and out, so that nobody can change what is stored. */
function copy(data: Payload): Payload {
  return typeof data === 'string' ? data : new Uint8Array(data)
}

function same(a: Payload, b: Payload): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0
}

function show({ taskId, state, data, until, enqueuedAt, reason }: LocmemTask): StoredTask {
  const timed = state === 'delayed' || state === 'running'
  return { taskId, state, data: copy(data), until: timed ? until : undefined, enqueuedAt, reason }
}
