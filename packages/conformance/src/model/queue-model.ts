import type { Delivery, Placed, PushItem, UniqueKey } from '@alligator/core'
import { levelOf } from '@alligator/core/backend'
import { expectEqual } from '../expect.js'
import { BatchModel, type Callbacks } from './batch-model.js'
import {
  type ModelTask,
  type Moment,
  type Standing,
  mayBeDue,
  mustBeDue,
  precedes,
  statesOf,
} from './model-task.js'

/** A delivery that was given, to which client, and whether as the next in order or by its id. */
export interface Given {
  readonly delivery: Delivery
  readonly client: 0 | 1
  readonly named: boolean
}

/** A reserve in order. */
interface Asked {
  readonly client: 0 | 1
  readonly names: readonly string[]
  readonly limit: number
  readonly lease: number
  /** Whether the levels of a queue are emptied one after the other. */
  readonly isStrict: boolean
}

/** A reserve by id. */
interface AskedById {
  readonly client: 0 | 1
  readonly queue: string
  readonly id: string
  readonly lease: number
}

/** How a task was put back. */
interface Back {
  readonly data: string | undefined
  /** Unix time, or 0 for at once. */
  readonly until: number
  readonly deliveries: number
}

/** What the model relies on beyond the contract's minimum. */
export interface Strictness {
  readonly ordered: boolean
  readonly exact: boolean
}

/** The queues as they must be: the simplest thing that keeps every promise, told of each step after it was taken. */
export class QueueModel {
  /** Every delivery that was ever given, held or stale. */
  readonly given: Given[] = []
  readonly batches: BatchModel = new BatchModel()
  readonly #queues = new Map<string, Map<string, ModelTask>>()
  /** Until when each paused queue is. */
  readonly #pauses = new Map<string, number>()
  readonly #receipts = new Set<string>()
  /** The keys that are taken for a time, by whom and until when; and the ids that left without success. */
  readonly #taken = new Map<string, { readonly id: string; readonly until: number }>()
  readonly #removed = new Set<string>()
  readonly #strictness: Strictness
  #joined = 0

  constructor(names: readonly string[], strictness: Strictness) {
    for (const name of names) this.#queues.set(name, new Map())
    this.#strictness = strictness
  }

  get names(): string[] {
    return [...this.#queues.keys()].sort()
  }

  tasks(queue: string): ModelTask[] {
    return [...this.#queue(queue).values()]
  }

  ids(queue: string): string[] {
    return [...this.#queue(queue).keys()]
  }

  task(queue: string, id: string): ModelTask | undefined {
    return this.#queue(queue).get(id)
  }

  /** When the next delay, lease or pause ends. */
  nextChange({ now }: Moment): number | undefined {
    const all = this.names
      .flatMap((name) => this.tasks(name))
      .filter(({ state, until }) => isTimed(state) && until > now && until < Infinity)
      .map(({ until }) => until)
    for (const until of this.#pauses.values()) if (until > now && until < Infinity) all.push(until)
    return all.length > 0 ? Math.min(...all) : undefined
  }

  /** Whether a batch contradicts itself or what the queue holds; then nothing of it is written. */
  contradicts(queue: string, items: readonly PushItem[]): boolean {
    const held = new Map(this.tasks(queue).map((task) => [task.id, task.data]))
    return items.some(({ taskId, data }) => {
      const before = held.get(taskId) ?? data
      held.set(taskId, String(before))
      return before !== data
    })
  }

  push(queue: string, items: readonly PushItem[], at: Moment): void {
    const { now } = at
    const fresh: PushItem[] = []
    for (const item of items) {
      if (!this.#queue(queue).has(item.taskId)) fresh.push(item)
      this.#add(queue, item, now)
    }
    for (const item of fresh) this.#park(queue, item)
    for (const { batch, taskId } of fresh) if (batch !== undefined) this.batches.add(batch, taskId)
  }

  /** A batch was made, whose callbacks are parked until it ends. */
  opened(queue: string, batchId: string, callbacks: readonly PushItem[], at: Moment): void {
    this.batches.open(batchId, queue)
    for (const item of callbacks) {
      this.#add(queue, item, at.now)
      const parked = { waitsFor: new Set<string>(), inAnyCase: true, due: 0 }
      Object.assign(this.task(queue, item.taskId) ?? {}, { state: 'delayed', until: Infinity, parked })
    }
  }

  closed(queue: string, batchId: string, as: 'full' | 'canceled', told: boolean, at: Moment): void {
    this.#call(queue, this.batches.closed(batchId, as, told, at.now))
  }

  #call(queue: string, { due, gone }: Callbacks): void {
    for (const id of gone) this.#queue(queue).delete(id)
    for (const id of due)
      Object.assign(this.task(queue, id) ?? {}, { state: 'waiting', until: 0, ...UNPARKED })
  }

  #add(queue: string, { taskId: id, data, delayUntil: until = 0, priority }: PushItem, now: number): void {
    if (this.#queue(queue).has(id)) return
    const state = until > now ? 'delayed' : 'waiting'
    const task = {
      id,
      level: levelOf(priority),
      data: String(data),
      state,
      until,
      deliveries: 0,
      receipt: '',
      standing: this.#tail(now),
    } as const
    this.#queue(queue).set(id, { ...task })
    this.#removed.delete(`${queue} ${id}`)
  }

  /** What it waits for are those that are there, and not dead. */
  #park(queue: string, { taskId: id, after, delayUntil: due = 0 }: PushItem): void {
    const task = this.task(queue, id)
    const others = (after?.taskIds ?? []).filter((other) => other !== id)
    const alive = others.filter((other) => (this.task(queue, other)?.state ?? 'dead') !== 'dead')
    if (!task || !after || alive.length === 0) return
    const parked = { waitsFor: new Set(alive), inAnyCase: after.inAnyCase, due }
    Object.assign(task, { state: 'delayed', until: Infinity, parked })
  }

  /** A task has succeeded, or will not. */
  #ended(queue: string, id: string, isSuccess: boolean, { now, precision }: Moment): void {
    for (const task of this.tasks(queue)) {
      const { waitsFor, inAnyCase, due } = task.parked ?? {}
      if (!waitsFor?.delete(id)) continue
      const isInVain = !isSuccess && !inAnyCase
      if (waitsFor.size > 0 && !isInVain) continue
      const until = isInVain ? 0 : (due ?? 0)
      const state = until + precision > now ? 'delayed' : 'waiting'
      Object.assign(task, { state, until, ...UNPARKED })
    }
    this.#call(queue, this.batches.memberEnded(queue, id, isSuccess, now))
  }

  /** The ids of the tasks that may stand in the way of one with a key; those that wait rather than those that run. */
  inTheWay(queue: string, unique: UniqueKey, at: Moment): string[] {
    const others = this.tasks(queue).filter(({ key }) => key === unique.key)
    const waits = others.filter((task) =>
      statesOf(task, at).some((state) => state === 'waiting' || state === 'delayed'),
    )
    if (waits.length > 0) return waits.map(({ id }) => id)
    const runs = unique.until === 'finished' ? others.filter(({ state }) => state === 'running') : []
    if (runs.length > 0) return runs.map(({ id }) => id)
    const taken = this.#taken.get(`${queue} ${unique.key}`)
    if (!taken || taken.until <= at.now) return []
    const isFree = this.task(queue, taken.id)?.state === 'dead' || this.#removed.has(`${queue} ${taken.id}`)
    return isFree ? [] : [taken.id]
  }

  /** Checks what became of a task with a key, and takes note of it. */
  placed(
    queue: string,
    item: PushItem & { readonly unique: UniqueKey },
    placed: Placed | undefined,
    at: Moment,
  ): void {
    const { unique, taskId: own } = item
    const others = this.inTheWay(queue, unique, at)
    const id = placed?.taskId ?? ''
    if (others.length === 0) {
      expectEqual([id, placed?.isDuplicate], [own, false], 'a task whose key is free is pushed')
      const isNew = !this.task(queue, own)
      const latest = unique.atMost === undefined ? undefined : at.now + unique.atMost
      this.push(queue, [{ ...item, delayUntil: earlier(item.delayUntil, latest) }], at)
      const task = this.task(queue, own)
      if (isNew && task) Object.assign(task, { key: unique.key, latest })
      if (isNew && unique.for !== undefined) this.#take(queue, unique.key, { id, until: at.now + unique.for })
      return
    }
    expectEqual(others.includes(id), true, `one of ${others.join(', ')} stands in the way, and not ${id}`)
    expectEqual(placed?.isDuplicate, id !== own, 'a duplicate is told so')
    const task = this.task(queue, id)
    if (unique.onConflict !== 'replace' || id === own || task?.key !== unique.key || !this.#mayWait(task, at))
      return
    const until = earlier(item.delayUntil, task.latest) ?? 0
    const state = until > at.now ? 'delayed' : 'waiting'
    const level = levelOf(item.priority)
    Object.assign(task, {
      data: String(item.data),
      level,
      state,
      until,
      standing: { kind: 'anywhere' },
      parked: undefined,
      ...FRESH,
    })
    if (unique.for !== undefined) this.#take(queue, unique.key, { id, until: at.now + unique.for })
  }

  #mayWait(task: ModelTask, at: Moment): boolean {
    return statesOf(task, at).some((state) => state === 'waiting' || state === 'delayed')
  }

  #take(queue: string, key: string, taken: { readonly id: string; readonly until: number }): void {
    this.#taken.set(`${queue} ${key}`, taken)
  }

  /** Checks what a reserve in order gave, and takes note of it. */
  reserved({ client, names, limit, lease, isStrict }: Asked, taken: readonly Delivery[], at: Moment): void {
    expectEqual(
      taken.length <= limit,
      true,
      `reserve gives no more than its limit of ${limit}, not ${taken.length}`,
    )
    for (const delivery of taken) {
      expectEqual(this.#mustBePaused(delivery.queue, at), false, 'nothing of a paused queue is handed out')
      this.#checkTurn(names, delivery, isStrict, at)
      this.#give({ delivery, client, named: false }, at.now + lease, at)
    }
    if (!this.#strictness.exact || taken.length === limit) return
    expectEqual(this.#due(names, at), [], 'reserve gives what is due, up to its limit')
  }

  /** Checks what a reserve by id gave, and takes note of it. */
  reservedById({ client, queue, id, lease }: AskedById, taken: Delivery | undefined, at: Moment): void {
    const task = this.task(queue, id)
    const must = task !== undefined && (mayBeNamed(task) || mustBeDue(task, at))
    if (must) expectEqual(taken?.taskId, id, 'a waiting or delayed task can be reserved by its id')
    if (taken) this.#give({ delivery: taken, client, named: true }, at.now + lease, at)
  }

  /** Whether a delivery is the last one of its task, which nobody settled yet. */
  holds({ delivery }: Given): boolean {
    const task = this.task(delivery.queue, delivery.taskId)
    return task !== undefined && task.receipt === delivery.receipt
  }

  acked({ delivery: { queue, taskId } }: Given, at: Moment): void {
    this.#queue(queue).delete(taskId)
    this.#ended(queue, taskId, true, at)
  }

  extended({ delivery }: Given, until: number): void {
    Object.assign(this.#known(delivery), { state: 'running', until })
  }

  released({ delivery, named }: Given, { data, until, deliveries }: Back, { now }: Moment): void {
    const task = this.#known(delivery)
    const standing: Standing = { kind: named ? 'anywhere' : 'head' }
    const state = until > now ? 'delayed' : 'waiting'
    Object.assign(task, { state, until, standing, ...FRESH, deliveries })
    task.data = data ?? task.data
  }

  buried({ delivery }: Given, at: Moment): void {
    Object.assign(this.#known(delivery), { state: 'dead', ...FRESH })
    this.#ended(delivery.queue, delivery.taskId, false, at)
  }

  kicked(queue: string, ids: readonly string[] | undefined, { now }: Moment): number {
    const dead = this.tasks(queue).filter(({ id, state }) => state === 'dead' && (ids?.includes(id) ?? true))
    // The contract is silent about the order among those that are kicked at once.
    for (const task of dead) Object.assign(task, { state: 'waiting', standing: { kind: 'anywhere' } })
    if (dead.length === 1) Object.assign(dead[0] ?? {}, { standing: this.#tail(now) })
    return dead.length
  }

  paused(queue: string, until: number): void {
    this.#pauses.set(queue, until)
  }

  /** Gives whether a queue was paused; `undefined` where its pause may be over, or not. */
  resumed(queue: string, at: Moment): boolean | undefined {
    const [must, may] = [this.#mustBePaused(queue, at), this.#mayBePaused(queue, at)]
    this.#pauses.delete(queue)
    return must === may ? must : undefined
  }

  expedited(queue: string, id: string, { now }: Moment): void {
    Object.assign(this.task(queue, id) ?? {}, { state: 'waiting', standing: this.#tail(now) })
  }

  removed(queue: string, id: string, at: Moment): void {
    this.#queue(queue).delete(id)
    this.#removed.add(`${queue} ${id}`)
    this.#ended(queue, id, false, at)
  }

  dropped(queue: string): void {
    this.#queue(queue).clear()
    this.batches.dropped(queue)
    for (const name of this.#taken.keys()) if (name.startsWith(`${queue} `)) this.#taken.delete(name)
  }

  #mustBePaused(queue: string, { now }: Moment): boolean {
    return (this.#pauses.get(queue) ?? 0) > now
  }

  #mayBePaused(queue: string, { now, precision }: Moment): boolean {
    return (this.#pauses.get(queue) ?? 0) + precision > now
  }

  #queue(name: string): Map<string, ModelTask> {
    const queue = this.#queues.get(name)
    if (!queue) throw new Error(`a task came from queue ${name}, which nobody asked for`)
    return queue
  }

  #known({ queue, taskId }: Delivery): ModelTask {
    const task = this.task(queue, taskId)
    if (!task) throw new Error(`task ${taskId} of ${queue} is not one that was pushed`)
    return task
  }

  #tail(since: number): Standing {
    this.#joined += 1
    return { kind: 'line', rank: this.#joined, since }
  }

  /** The ids of tasks that are due beyond doubt, and not kept back. */
  #due(names: readonly string[], at: Moment): string[] {
    const tasks = names.filter((name) => !this.#mayBePaused(name, at)).flatMap((name) => this.tasks(name))
    return tasks.filter((task) => mustBeDue(task, at)).map((task) => task.id)
  }

  /** It must have been this task's turn: no other that is due comes before it, nor does another queue. */
  #checkTurn(names: readonly string[], delivery: Delivery, isStrict: boolean, at: Moment): void {
    const { ordered, exact } = this.#strictness
    const before = names.slice(0, names.indexOf(delivery.queue))
    if (exact)
      expectEqual(this.#due(before, at), [], 'a queue is served when those named before it have no more')
    if (!ordered) return
    const task = this.#known(delivery)
    const others = this.tasks(delivery.queue).filter((other) => mustBeDue(other, at))
    const overtaken = others.filter((other) => precedes(other, task, isStrict, at)).map((other) => other.id)
    expectEqual(overtaken, [], `${task.id} is not handed out before its turn`)
  }

  #give(given: Given, until: number, at: Moment): void {
    const { delivery, named } = given
    const task = this.#known(delivery)
    const state = statesOf(task, at).join(' or ')
    expectEqual(
      mayBeDue(task, at) || (named && mayBeNamed(task)),
      true,
      `a task that is ${state} is not handed out`,
    )
    expectEqual(delivery.data, task.data, 'a task is handed out with the payload that it was given last')
    expectEqual(
      delivery.deliveries,
      task.deliveries + 1,
      'deliveries counts hand-outs since the task was last settled',
    )
    const receipt = JSON.stringify([delivery.queue, task.id, delivery.receipt])
    expectEqual(this.#receipts.has(receipt), false, 'each hand-out has a receipt of its own')
    this.#receipts.add(receipt)
    Object.assign(task, {
      state: 'running',
      until,
      deliveries: delivery.deliveries,
      receipt: delivery.receipt,
    })
    this.given.push(given)
  }
}

function earlier(due: number | undefined, latest: number | undefined): number | undefined {
  return due === undefined || latest === undefined ? due : Math.min(due, latest)
}

const UNPARKED = { standing: { kind: 'anywhere' }, parked: undefined }
const FRESH = { deliveries: 0, receipt: '' }

/** Whether a task is given to whoever asks for it by its id, although it is not due. */
function mayBeNamed({ state, parked }: ModelTask): boolean {
  return state === 'delayed' && !parked
}

function isTimed(state: string): boolean {
  return state === 'delayed' || state === 'running'
}
