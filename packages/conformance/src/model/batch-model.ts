import type { BatchEnd, BatchMembers, BatchState } from '@alligator/core'
import { BATCH_KEPT } from '@alligator/core/backend'
import { expectEqual, expectSameNames } from '../expect.js'

/** What becomes of the callbacks of a batch that has ended: these are due, and those are gone. */
export interface Callbacks {
  readonly due: readonly string[]
  readonly gone: readonly string[]
}

/** A batch that is over, or that may still have members. */
interface ModelBatch {
  readonly queue: string
  /** The ids of its members that have not ended. */
  readonly members: Set<string>
  total: number
  succeeded: number
  failed: number
  isFull: boolean
  isCanceled: boolean
  endedAt?: number
}

export const CALLBACKS: readonly BatchEnd[] = ['success', 'failure', 'done']

/** The id of a callback. */
export function callbackOf(batchId: string, end: BatchEnd): string {
  return `${batchId}:${end}`
}

/** The batches of all queues, as they must be. */
export class BatchModel {
  readonly #batches = new Map<string, ModelBatch>()

  /** The id that the next one is to have: no other of this history has it. */
  get nextId(): string {
    return `batch ${this.#batches.size}`
  }

  /** The id of the one that was made that number of batches ago, of whichever queue, or of the first. */
  id(ago: number): string | undefined {
    const ids = [...this.#batches.keys()]
    return ids[Math.max(0, ids.length - 1 - ago)]
  }

  queueOf(batchId: string): string | undefined {
    return this.#batches.get(batchId)?.queue
  }

  open(batchId: string, queue: string): void {
    const counts = { total: 0, succeeded: 0, failed: 0 }
    this.#batches.set(batchId, { queue, members: new Set(), ...counts, isFull: false, isCanceled: false })
  }

  /** Whether a push to it is refused. */
  takesNobody(batchId: string, queue: string): boolean {
    const batch = this.#batches.get(batchId)
    return !batch || batch.queue !== queue || batch.isCanceled || batch.endedAt !== undefined
  }

  add(batchId: string, taskId: string): void {
    const batch = this.#batches.get(batchId)
    if (!batch) return
    batch.members.add(taskId)
    batch.total += 1
  }

  /** A task has ended; gives what becomes of callbacks. */
  memberEnded(queue: string, taskId: string, isSuccess: boolean, now: number): Callbacks {
    const found = [...this.#batches].find(
      ([, batch]) => batch.queue === queue && batch.members.delete(taskId),
    )
    if (!found) return NONE
    const [batchId, batch] = found
    batch[isSuccess ? 'succeeded' : 'failed'] += 1
    return this.#settle(batchId, batch, now)
  }

  /** Checks what a close has told, and takes note of it. */
  closed(batchId: string, as: 'full' | 'canceled', told: boolean, now: number): Callbacks {
    const batch = this.#batches.get(batchId)
    const isThere = batch !== undefined && batch.endedAt === undefined
    expectEqual(told, isThere, 'close tells whether a batch is there, and not over')
    if (!batch || !isThere) return NONE
    batch.isFull = true
    batch.isCanceled ||= as === 'canceled'
    return this.#settle(batchId, batch, now)
  }

  dropped(queue: string): void {
    for (const [batchId, batch] of this.#batches)
      // Its name is not given again.
      if (batch.queue === queue) this.#batches.set(batchId, { ...batch, queue: '', members: new Set() })
  }

  /** The callbacks that run once all members that a queue still holds have succeeded; and those that never do. */
  endAll(queue: string, now: number): Callbacks {
    const all = [...this.#batches].filter(([, batch]) => batch.queue === queue && batch.endedAt === undefined)
    const ends = all.map(([batchId, batch]) => {
      batch.members.clear()
      batch.isFull = true
      return this.#settle(batchId, batch, now)
    })
    return { due: ends.flatMap(({ due }) => due), gone: ends.flatMap(({ gone }) => gone) }
  }

  /** The ids of those of a queue that are not over. */
  unended(queue: string): string[] {
    return [...this.#batches].flatMap(([batchId, batch]) =>
      batch.queue === queue && batch.endedAt === undefined ? [batchId] : [],
    )
  }

  /** Compares what a store tells of each batch of a queue. */
  async look(
    queue: string,
    now: number,
    store: {
      find(batchId: string): PromiseLike<BatchState | undefined>
      members(batchId: string): PromiseLike<BatchMembers>
    },
  ): Promise<void> {
    for (const [batchId, batch] of this.#batches) {
      if (batch.queue !== queue) continue
      const { members, endedAt, total, succeeded, failed, isFull, isCanceled } = batch
      const found = await store.find(batchId)
      if (endedAt !== undefined && endedAt + BATCH_KEPT <= now && !found) continue
      const told = found && { ...found, endedAt: found.endedAt !== undefined }
      const expected = { total, succeeded, failed, pending: members.size, isFull, isCanceled }
      expectEqual(told, { ...expected, endedAt: endedAt !== undefined }, `it is told how far ${batchId} is`)
      if (endedAt !== undefined) continue
      const { taskIds } = await store.members(batchId)
      expectSameNames([...taskIds], [...members], 'the members are those that have not ended')
    }
  }

  #settle(batchId: string, batch: ModelBatch, now: number): Callbacks {
    if (!batch.isFull || batch.members.size > 0 || batch.endedAt !== undefined) return NONE
    batch.endedAt = now
    const isSuccess = batch.failed === 0 && !batch.isCanceled
    const gone = callbackOf(batchId, isSuccess ? 'failure' : 'success')
    const due = CALLBACKS.map((end) => callbackOf(batchId, end)).filter((id) => id !== gone)
    return { due, gone: [gone] }
  }
}

const NONE: Callbacks = { due: [], gone: [] }
