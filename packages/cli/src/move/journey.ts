import {
  type ById,
  type Client,
  type Clock,
  type Gator,
  type Listing,
  type Payload,
  need,
} from '@alligator/core'
import { LeaseKeeper } from '@alligator/core/backend'
import { HeldBack } from './held-back.js'

/** Tasks in one batch: each is one round trip to either store, where they can do that. */
export const BATCH = 200
/** More tasks than this that the target does not take are no exceptions. */
const MOST_REFUSED = 1000

/** A task that the target does not take, and why. */
export interface Refusal {
  readonly queue: string
  readonly taskId: string
  readonly message: string
}

/** What one `move` works with, and what it has done so far. */
export class Journey {
  /** It reads what the source holds. */
  readonly source: Gator
  readonly from: Client
  readonly to: Client
  readonly clock: Clock
  /** Aborts when the user wants it to end. */
  readonly signal: AbortSignal
  readonly keeper: LeaseKeeper
  readonly refusals: Refusal[] = []
  /** Tasks that both stores may run, because a worker took them while they were on their way. */
  readonly doubled: string[] = []
  /** Tasks that wait for others which are still in the source. */
  readonly heldBack: HeldBack = new HeldBack()
  readonly #onProgress: (moved: number) => void
  #moved = 0

  constructor(
    { source, to }: { readonly source: Gator; readonly to: Client },
    options: {
      readonly lease: number
      readonly signal: AbortSignal
      readonly onProgress: (moved: number) => void
    },
  ) {
    this.source = source
    this.from = source.backend
    this.to = to
    this.clock = source.clock
    this.signal = options.signal
    this.keeper = new LeaseKeeper(this.from, this.clock, options.lease)
    this.#onProgress = options.onProgress
  }

  /** Whether what is delayed or dead can be found in the source, and taken from it. */
  get canList(): boolean {
    return this.from.listing !== undefined && this.from.byId !== undefined
  }

  /** That of the source. */
  get listing(): Listing {
    return need(this.from, 'listing', 'alligator move')
  }

  /** That of the source. */
  get byId(): ById {
    return need(this.from, 'byId', 'alligator move')
  }

  count(moved: number): void {
    this.#moved += moved
    this.#onProgress(this.#moved)
  }

  isRefused(queue: string, taskId: string): boolean {
    return this.refusals.some((refusal) => refusal.taskId === taskId && refusal.queue === queue)
  }

  refuse(refusal: Refusal): void {
    if (this.isRefused(refusal.queue, refusal.taskId)) return
    this.refusals.push(refusal)
    if (this.refusals.length > MOST_REFUSED) throw new TargetRefusesError(refusal)
  }

  /** Whether the target has no room for a payload; the source keeps the task then. */
  isTooLarge(queue: string, taskId: string, data: Payload): boolean {
    const { maxPayload } = this.to
    const size = Buffer.byteLength(data)
    if (size <= maxPayload) return false
    this.refuse({ queue, taskId, message: `it has ${size} bytes, and the target takes ${maxPayload}` })
    return true
  }
}

/** The target takes next to nothing. */
class TargetRefusesError extends Error {
  readonly code = 'TARGET_REFUSES'

  constructor({ taskId, message }: Refusal) {
    super(`The target refuses more than ${MOST_REFUSED} tasks, ${taskId} among them: ${message}.`)
    this.name = 'TargetRefusesError'
  }
}
