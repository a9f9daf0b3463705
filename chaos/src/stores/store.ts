import type { Premises, Proxy } from '@alligator/testbed'

/** How several servers make up a store: one stands in for another, or stands before it. */
export type GroupKind = 'sentinel' | 'cluster' | 'standby' | 'pooler'

/** Several servers of one store. What is asked of them resolves once all of them have their places. */
export interface Group {
  /** Puts the replica in the place of the master, which is well. */
  failOver?(): Promise<void>
  /** Kills the master, and starts it again once another has its place. */
  killMaster?(): Promise<void>
  /** Has the master stand still until another has its place. */
  stallMaster?(): Promise<void>
  /** Moves the queue to another master. */
  moveSlots?(): Promise<void>
  /** Kills what stands before the server, and starts it again. */
  restartPooler?(): Promise<void>
}

/** A store of a trial's own. */
export interface Store {
  /** What workers and producers connect to. */
  readonly dsn: string
  /** What nothing stands in front of, for those who look at the end. */
  readonly directDsn: string
  /** What its clients need in their environment. */
  readonly env: NodeJS.ProcessEnv
  /** The network in front of it. */
  readonly proxy?: Pick<Proxy, 'cut' | 'swallowAnswers' | 'stall' | 'resume'>
  /** What keeps what it cannot, with nothing in front of it. */
  readonly directState?: string
  /** Its servers, where they are several. */
  readonly group?: Group
  /** Ends the server at once, as a crash would. */
  kill?(): Promise<void>
  /** Starts the server again, with what it had, if it does not run. */
  restart?(): Promise<void>
  /** Ends it for good. */
  stop(): Promise<void>
}

export interface StoreKind {
  /** For `--backend`. */
  readonly name: string
  /** How it was set up, for the table. */
  readonly setup: string
  /** It lives in the process of its producer and its workers. */
  readonly inProcess: boolean
  /** It is one file that its clients share. */
  readonly file: boolean
  /** It can be reached only through a network. */
  readonly network: boolean
  /** Its server keeps its tasks through a restart. */
  readonly restarts: boolean
  /** It has a clock that is not that of its clients, and it can be set. */
  readonly ownClock: boolean
  /** It writes to a disk of ours. */
  readonly disk: boolean
  /** MiB that it needs before it holds anything. (Default: next to none) */
  readonly smallestDisk?: number
  /** It is several servers, of which one stands in for another. */
  readonly group?: GroupKind
  /** An enqueueing whose answer is lost may be in it twice. */
  readonly doublesEnqueueings: boolean
  /** Its counts are true at each moment. */
  readonly exactCounts: boolean
  /** Leases hold while a function keeps the event loop: a thread renews them, or the store knows. */
  readonly renews: boolean
  /** It hands tasks out in order of enqueueing. */
  readonly inOrder: boolean
  version(): Promise<string>
  start(premises: Required<Premises>): Promise<Store>
}
