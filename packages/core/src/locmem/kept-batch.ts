import type { BatchEnd, BatchState } from '../backend/contract.js'

/** Why a task is parked, and when it is due once it is no longer: a Unix time, or `undefined` for at once. */
export interface Parked<T> {
  /** The tasks that it waits for; `undefined`: it is a callback of `batch`. */
  readonly waitsFor: Set<T> | undefined
  readonly inAnyCase: boolean
  readonly batch: KeptBatch<T> | undefined
  readonly due: number | undefined
}

/** One batch in memory. Its members are a set, so that each ends once. */
export class KeptBatch<T> {
  readonly queue: string
  readonly id: string
  readonly parent: KeptBatch<T> | undefined
  /** Which step of its store made it: its place among those that have not ended. */
  readonly madeAs: number
  readonly members: Set<T | KeptBatch<T>> = new Set()
  readonly callbacks: Map<BatchEnd, T> = new Map()
  total = 0
  succeeded = 0
  failed = 0
  isFull = false
  isCanceled = false
  endedAt: number | undefined

  /** Which step of its store ended it: its place among those that have ended. */
  endedAs: number | undefined

  constructor({ queue, id, parent, madeAs }: Pick<KeptBatch<T>, 'queue' | 'id' | 'parent' | 'madeAs'>) {
    this.queue = queue
    this.id = id
    this.parent = parent
    this.madeAs = madeAs
  }

  get isOpen(): boolean {
    return this.endedAt === undefined && !this.isCanceled
  }

  get state(): BatchState {
    const { total, succeeded, failed, isFull, isCanceled, endedAt } = this
    const pending = this.members.size
    return {
      total,
      succeeded,
      failed,
      pending,
      isFull,
      isCanceled,
      ...(endedAt !== undefined && { endedAt }),
    }
  }

  add(member: T | KeptBatch<T>): void {
    this.members.add(member)
    this.total += 1
  }
}
