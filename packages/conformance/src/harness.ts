import type { Awaitable, Client } from '@alligator/core'
import type { Qualities } from './need.js'

/** A clock that stands still until the suite moves it, such as `VirtualClock` of `@alligator/core/testing`. */
export interface ManualClock {
  /** Unix time in seconds. */
  now(): number
  /** Moves the clock a number of seconds, firing every timer on the way. */
  advance(seconds: number): Promise<void>
}

/** A transaction that an app has open on the database which has the queues. */
export interface AppTransaction {
  /** What the app's library gives for it. */
  readonly transaction: object
  /** Runs a statement in it: the scenarios make savepoints. */
  run(sql: string): Awaitable<unknown>
}

/**
 * One store for one scenario. It may be shared with others: the suite uses queue names of its own and empties them.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock()
 * const dsn = `locmem://${randomUUID()}`
 * const harness: Harness = { clock, client: () => new LocmemClient(dsn, { clock }) }
 * ```
 */
export interface Harness {
  /** Connects to the store: a new client each time, which the suite closes. Only a store without leases may give the same one. */
  client(): Awaitable<Client>
  /** The clock that the clients of this harness go by. (Default: the suite waits in real time, with short leases) */
  readonly clock?: ManualClock
  /**
   * Opens a transaction as an app would, on a connection of its own: commits it when `work` resolves, rolls it back when that
   * rejects, and rejects then too. (Needed where the client has `transactions`)
   */
  transact?(work: (app: AppTransaction) => Promise<void>): Promise<unknown>
  /** Removes the store, after every client has been closed. (Default: nothing to do) */
  close?(): Awaitable<void>
}

/** What {@link describeClient} takes. */
export interface ConformanceOptions {
  /** Makes the store for one scenario. */
  create(): Awaitable<Harness>
  /** What the store is like, where it is less than most are. (Default: as {@link Qualities} says) */
  readonly qualities?: Qualities
  /** How many random histories the property test plays. (Default: 200 on a manual clock, 50 in real time) */
  readonly runs?: number
  /** Replays the random histories of an earlier run, which printed its seed when it failed. (Default: a new one) */
  readonly seed?: number
  /** Groups tests. (Default: the global `describe` of jest, mocha or vitest) */
  readonly describe?: DescribeFunction
  /** Declares a test. (Default: the global `it`) */
  readonly it?: ItFunction
}

/** The `describe` of jest, vitest, mocha or `node:test`. */
export type DescribeFunction = (name: string, body: () => void) => unknown

/** The `it` of jest, vitest, mocha or `node:test`; `timeout` is in milliseconds. */
export type ItFunction = (name: string, body: () => Promise<void>, timeout: number) => unknown
