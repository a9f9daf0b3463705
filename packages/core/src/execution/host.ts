import type { Delivery } from '../backend/contract.js'
import type { EventStream } from '../events/event-stream.js'
import type { Outcome } from '../events/events.js'
import type { Task } from '../task/task.js'
import type { Engine } from './engine.js'
import type { LeaseKeeper, Loss } from './lease-keeper.js'
import type { TaskRunner } from './task-runner.js'

/** What runs deliveries: a worker, or a call that runs a single one. Its own work depends on these calls; events are for others. */
export interface Host {
  readonly engine: Engine
  readonly keeper: LeaseKeeper
  /** Where attempts are made. (Default: here) */
  readonly runner?: TaskRunner | undefined
  /** How it names itself in dead letters. */
  readonly ident: () => string
  readonly events: EventStream
  /** A delivery needs its slot no longer: all that is left is to settle it, which the store has been asked to do. */
  ended?(delivery: Delivery, seconds: number | undefined): void
  /** A delivery has been settled, after its function ran for a number of seconds, if it did. */
  settled?(delivery: Delivery, outcome: Outcome, seconds: number | undefined): void
  /** A delivery was taken away, and is settled here, although its function may go on. */
  taken?(delivery: Delivery, outcome: Outcome): void
  /** A function goes on although its timeout is over and its attempt has been settled. */
  overran?(): void
  /** Such a function has ended. */
  overrunEnded?(): void
}

/** One delivery, as far as it has come. */
export interface Subject {
  readonly delivery: Delivery
  /** There once the payload could be read. */
  readonly task: Task | undefined
  /** The list of arguments that its function was called with. */
  readonly args: readonly unknown[] | undefined
  /** How long ago its function was called, if it was. */
  readonly seconds: number | undefined
  /** Why it is not held any more, where the store or the lease's end has shown it. */
  readonly loss: Loss | undefined
  /** Whether its function has taken it off the queue, in a transaction which may have been rolled back since. */
  readonly isCompleted: boolean
  /** Why it is dead, unknown, taken away or about to run again. */
  error: unknown
  /** It needs its slot no longer: all that is left is to settle it, which the store has been asked to do. `seconds`: as above, if known. */
  end(seconds?: number): void
}
