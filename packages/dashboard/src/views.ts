import type { BatchEnd, BatchState, Counts, Pause, Priority, StoredState } from '@alligator/core'
import type { DeathGroup, Why } from '@alligator/core/inspect'

// What the server tells the page, as JSON. Times are Unix seconds, lengths of time seconds.

/** Text that may have been cut. */
export interface Value {
  readonly text: string
  /** Its bytes, where that is more than is shown. */
  readonly size?: number
}

/** What a store, or who looks at it, cannot do: the reasons by what is wanted. */
export type Lacking = Readonly<Partial<Record<Ability, string>>>

export type Ability =
  | 'list'
  | 'retry'
  | 'cancel'
  | 'cancelRunning'
  | 'expedite'
  | 'pause'
  | 'workers'
  | 'schedules'
  | 'batches'
  | 'levels'

/** One store, for the frame of every page. */
export interface StoreView {
  readonly name: string
  /** What it is, such as `Redis`. */
  readonly kind: string
  readonly lacks: Lacking
  readonly exactCounts: boolean
}

/** What the page is told at first. */
export interface FrameView {
  readonly stores: readonly StoreView[]
  readonly access: 'read' | 'write'
  readonly who?: string
}

export interface QueueView extends Counts {
  readonly queue: string
  /** It is still being looked at, and no number here says anything. */
  readonly isPending?: true
  readonly oldest: number | null
  readonly full?: true
  readonly levels?: Readonly<Partial<Record<Priority, number>>>
  readonly paused?: Pause
  /** Tasks that still have to run, by which it has grown each second of late. */
  readonly growth?: number
  /**
   * The last hour, an even time apart: how many tries ended in each minute, or where the store does not keep that, how many waited and ran,
   * and `null` where nobody looked.
   */
  readonly trend: readonly (number | null)[]
  /** How tries have ended within the last hour, where the store keeps that. */
  readonly hour?: HourView
}

/** Tries that came to an end of their own. */
export interface HourView {
  readonly tried: number
  readonly failed: number
  /** Seconds; null where none ran. */
  readonly mean: number | null
}

/** How tries have ended, minute by minute. */
export interface EndedView {
  readonly at: readonly number[]
  readonly succeeded: readonly number[]
  readonly failed: readonly number[]
}

export interface OverviewView {
  readonly at: number
  readonly queues: readonly QueueView[]
  /** How many queues there are, of which these are a part. */
  readonly count: number
  /** Sums over the queues that were looked at so far. */
  readonly totals: Counts & { readonly paused: number; readonly looked: number }
  readonly team?: TeamView
  readonly hour?: HourView
  readonly ended?: EndedView
  readonly history: HistoryView
}

export interface TeamView {
  readonly workers: number
  readonly slots: number
  readonly running: number
  /** Tries each second of late. */
  readonly rate?: number
}

/** Columns of the same length, for a chart. */
export interface HistoryView {
  readonly at: readonly number[]
  readonly waiting: readonly (number | null)[]
  readonly running: readonly (number | null)[]
  readonly delayed: readonly (number | null)[]
  readonly dead: readonly (number | null)[]
  readonly rate: readonly (number | null)[]
}

/** A task in a list. */
export interface TaskLine {
  readonly queue: string
  readonly id: string
  readonly state: StoredState
  readonly name: string | null
  readonly args: string
  readonly priority?: Priority
  readonly attempt: number | null
  readonly enqueuedAt: number | null
  readonly until?: number
  readonly diedAt?: number
  readonly code?: string
  readonly message?: string
}

export interface QueuePageView {
  readonly at: number
  readonly queue: QueueView
  readonly ended?: EndedView
  readonly history: HistoryView
  readonly tasks: readonly TaskLine[]
  /** How many were looked at for these. */
  readonly seen: number
  readonly next?: string
}

export interface TaskPageView {
  readonly at: number
  readonly queue: string
  readonly id: string
  /** Absent: the queue does not hold it. */
  readonly state?: StoredState
  readonly task?: TaskFacts
  readonly why: readonly Why[]
}

export interface TaskFacts {
  readonly name: string | null
  readonly args: Value
  readonly headers?: Value
  readonly priority?: Priority
  readonly attempt: number | null
  readonly retries: number | null
  readonly enqueuedAt: number | null
  readonly until?: number
  readonly dependsOn?: readonly string[]
  readonly unreadable?: Value
  /** From 0 to 1, with what it was at by then. */
  readonly progress?: number
  readonly text?: string
  readonly log?: readonly { readonly at: number; readonly line: string }[]
  /** What it need not make again. */
  readonly steps?: readonly string[]
  readonly death?: {
    readonly code: string
    readonly message: Value
    readonly stack?: Value
    readonly at: number
    readonly worker: string
    readonly attempt: number
  }
}

export interface DeadPageView {
  readonly at: number
  readonly groups: readonly DeathGroup[]
  /** They are still being looked for. */
  readonly isPending?: true
  /** Dead letters of the queues that were looked at, and those that were looked at. */
  readonly dead: number
  readonly seen: number
  /** Whether there may be others. */
  readonly isCut: boolean
}

export interface BatchesPageView {
  readonly at: number
  readonly batches: readonly BatchLine[]
  /** They are still being looked for. */
  readonly isPending?: true
  /** Where to go on, of one queue. */
  readonly next?: string
  /** Whether there may be others: of several queues only the first ones are shown. */
  readonly isCut: boolean
}

export interface BatchLine extends BatchState {
  readonly queue: string
  readonly id: string
  /** Absent where its id does not tell. */
  readonly madeAt?: number
}

/** What is run when a batch ends, as far as it is there. */
export interface CallbackLine {
  readonly end: BatchEnd
  readonly id: string
  readonly name: string | null
  readonly state: StoredState
}

export interface BatchPageView {
  readonly at: number
  readonly queue: string
  readonly id: string
  /** Its members are still being looked for. */
  readonly isPending?: true
  /** Absent: the queue knows of none, or it ended long ago. */
  readonly batch?: BatchLine
  readonly callbacks: readonly CallbackLine[]
  /** Members that have not ended: so many of each state, of those that were looked at. */
  readonly members: Readonly<Partial<Record<StoredState, number>>>
  readonly seen: number
  readonly tasks: readonly TaskLine[]
  /** Batches within it. */
  readonly batches: readonly BatchLine[]
}

export interface WorkersPageView {
  readonly at: number
  readonly workers: readonly WorkerView[]
  readonly count: number
}

export interface WorkerView {
  readonly id: string
  readonly name: string
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly running: number
  readonly done: number
  readonly startedAt: number
  /** Tries each second of late. */
  readonly rate?: number
  /** Some of what ran when it spoke last. */
  readonly tasks: readonly RunningView[]
}

export interface RunningView {
  readonly queue: string
  readonly id: string
  /** Null where nobody is to see it, or the worker did not tell. */
  readonly name: string | null
  readonly since: number
}

export interface SchedulesPageView {
  readonly at: number
  readonly schedules: readonly ScheduleView[]
  readonly count: number
}

export interface ScheduleView {
  readonly id: string
  readonly queue: string
  readonly cron?: string
  readonly every?: number
  readonly once?: number
  readonly timeZone?: string
  readonly next: readonly number[]
  readonly last?: number
  readonly runs: number
  readonly dropped: number
  readonly paused: boolean
  readonly name?: string
  readonly args?: string
  readonly missed: string
  readonly overlap: string
  readonly unreadable?: string
}

/** What an action did. */
export interface Done {
  readonly changed: number
  /** How many were looked at for that. */
  readonly seen?: number
  /** Where to go on with it. */
  readonly next?: string
  /** The task that it pushed. */
  readonly id?: string
}
