import type { After, BatchEnd, BatchMembers, BatchPage, PageRequest } from '../backend/contract.js'
import { BATCH_KEPT, MOST_MEMBERS, MOST_SHOWN } from '../backend/facets.js'
import { checkCursor } from '../backend/kit/check-cursor.js'
import type { Clock } from '../base/clock.js'
import { BatchOverError } from '../errors/index.js'
import { KeptBatch } from './kept-batch.js'
import type { LocmemQueue, LocmemTask } from './queue.js'

type Batch = KeptBatch<LocmemTask>

/** Batches on one page unless told otherwise. */
const PAGE_LIMIT = 100

/** What becomes of parked tasks. */
export interface ParkingHost {
  /** It waits for nothing any more, and is due then. */
  release(task: LocmemTask, due: number | undefined): void
  /** It is a callback for another end than its batch came to. */
  remove(task: LocmemTask): void
}

/** Which tasks wait for which others, and the batches of each queue. */
export class Parking {
  readonly #clock: Clock
  readonly #host: ParkingHost
  readonly #batches = new Map<string, Map<string, Batch>>()
  #steps = 0

  constructor(clock: Clock, host: ParkingHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Parks a task, unless all that it is to wait for has ended. */
  park(task: LocmemTask, { taskIds, inAnyCase }: After, due: number | undefined): boolean {
    const waitsFor = new Set<LocmemTask>()
    for (const id of taskIds) {
      const other = task.queue.tasks.get(id)
      if (!other || other === task || other.state === 'dead') continue
      waitsFor.add(other)
      other.dependents ??= new Set()
      other.dependents.add(task)
    }
    if (waitsFor.size === 0) return false
    task.parked = { waitsFor, inAnyCase, batch: undefined, due }
    return true
  }

  /** It waits for nothing any more, since something else becomes of it. */
  unpark(task: LocmemTask): void {
    for (const other of task.parked?.waitsFor ?? []) other.dependents?.delete(task)
    task.parked = undefined
  }

  /** A task has succeeded, or will not: it is dead, or off its queue. */
  ended(task: LocmemTask, isSuccess: boolean): void {
    const { dependents, batch } = task
    this.unpark(task)
    task.dependents = undefined
    task.batch = undefined
    for (const dependent of dependents ?? []) this.#waitNoLonger(dependent, task, isSuccess)
    if (batch) this.#count(batch, task, isSuccess)
  }

  /** @throws BatchOverError */
  openBatch(queue: string, id: string): Batch {
    const batch = this.find(queue, id)
    if (!batch?.isOpen) throw new BatchOverError(id, queue)
    return batch
  }

  /** `undefined`: it is there already. @throws BatchOverError: its parent is over. */
  open(queue: string, id: string, parent: string | undefined): Batch | undefined {
    const batches = this.#batches.get(queue) ?? new Map<string, Batch>()
    if (batches.has(id)) return undefined
    const within = parent === undefined ? undefined : this.openBatch(queue, parent)
    const batch = new KeptBatch<LocmemTask>({ queue, id, parent: within, madeAs: (this.#steps += 1) })
    within?.add(batch)
    this.#forgetSome(batches)
    batches.set(id, batch)
    this.#batches.set(queue, batches)
    return batch
  }

  addCallback(batch: Batch, end: BatchEnd, task: LocmemTask, due: number | undefined): void {
    batch.callbacks.set(end, task)
    task.parked = { waitsFor: undefined, inAnyCase: true, batch, due }
  }

  close(queue: string, id: string, as: 'full' | 'canceled'): boolean {
    const batch = this.find(queue, id)
    if (!batch || batch.endedAt !== undefined) return false
    batch.isFull = true
    batch.isCanceled ||= as === 'canceled'
    this.#endIfOver(batch)
    return true
  }

  find(queue: string, id: string): Batch | undefined {
    return this.#batches.get(queue)?.get(id)
  }

  members(queue: string, id: string): BatchMembers {
    const some = [...(this.find(queue, id)?.members ?? [])].slice(0, MOST_MEMBERS)
    return {
      taskIds: some.flatMap((member) => (member instanceof KeptBatch ? [] : [member.taskId])),
      batchIds: some.flatMap((member) => (member instanceof KeptBatch ? [member.id] : [])),
    }
  }

  list(queue: string, which: 'open' | 'ended', { limit = PAGE_LIMIT, after }: PageRequest): BatchPage {
    const [from = Number.POSITIVE_INFINITY] =
      after === undefined ? [] : checkCursor(after, /^(\d{1,15})$/).map(Number)
    const placeOf = ({ madeAs, endedAs }: Batch) =>
      which === 'ended' ? endedAs : endedAs === undefined ? madeAs : undefined
    const all = [...(this.#batches.get(queue)?.values() ?? [])]
    const found = all
      .flatMap((batch) => ({ batch, place: placeOf(batch) ?? Number.POSITIVE_INFINITY }))
      .filter(({ place }) => place < from)
      .sort((one, other) => other.place - one.place)
    const some = found.slice(0, limit)
    const batches = some.map(({ batch }) => ({ batchId: batch.id, ...batch.state }))
    return { batches, ...(found.length > limit && { next: String(some.at(-1)?.place) }) }
  }

  waitsFor(queue: LocmemQueue | undefined, taskIds: readonly string[]): Map<string, readonly string[]> {
    const found = new Map<string, readonly string[]>()
    for (const id of taskIds) {
      const parked = queue?.tasks.get(id)?.parked
      if (!parked) continue
      const others = [...(parked.waitsFor ?? [])].slice(0, MOST_SHOWN).map(({ taskId }) => taskId)
      found.set(id, parked.batch ? [parked.batch.id] : others)
    }
    return found
  }

  /** The batches of a queue are dropped with it, before its tasks. */
  drop(queue: string): void {
    for (const batch of this.#batches.get(queue)?.values() ?? []) batch.callbacks.clear()
    this.#batches.delete(queue)
  }

  #waitNoLonger(dependent: LocmemTask, other: LocmemTask, isSuccess: boolean): void {
    const { waitsFor, inAnyCase, due } = dependent.parked ?? {}
    waitsFor?.delete(other)
    const isInVain = !isSuccess && !inAnyCase
    if (waitsFor?.size !== 0 && !isInVain) return
    this.unpark(dependent)
    this.#host.release(dependent, isInVain ? undefined : due)
  }

  #count(batch: Batch, member: LocmemTask | Batch, isSuccess: boolean): void {
    if (!batch.members.delete(member)) return
    if (isSuccess) batch.succeeded += 1
    else batch.failed += 1
    this.#endIfOver(batch)
  }

  #endIfOver(batch: Batch): void {
    if (!batch.isFull || batch.members.size > 0 || batch.endedAt !== undefined) return
    batch.endedAt = this.#clock.now()
    batch.endedAs = this.#steps += 1
    const isSuccess = batch.failed === 0 && !batch.isCanceled
    for (const [end, task] of batch.callbacks) {
      if (task.parked?.batch !== batch) continue
      const { due } = task.parked
      if (end === 'done' || (end === 'success') === isSuccess) {
        task.parked = undefined
        this.#host.release(task, due)
      } else this.#host.remove(task)
    }
    batch.callbacks.clear()
    if (batch.parent) this.#count(batch.parent, batch, isSuccess)
  }

  /** The first ones were opened first; what has ended among them is forgotten, until one that has not stands in the way. */
  #forgetSome(batches: Map<string, Batch>): void {
    for (const [id, { endedAt }] of batches) {
      if (endedAt === undefined || endedAt > this.#clock.now() - BATCH_KEPT) return
      batches.delete(id)
    }
  }
}
