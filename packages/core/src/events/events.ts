import type { Delivery, Pause } from '../backend/contract.js'
import type { ToConsume } from '../base/queues.js'
import type { StopSignal } from '../base/stop-signals.js'
import type { Task } from '../task/task.js'

/** What became of a delivery. */
export type Outcome =
  'success' | 'retry' | 'snoozed' | 'dead' | 'unknown' | 'blocked' | 'released' | 'canceled' | 'lost'

/** Why a worker takes nothing new any more. */
export type StopReason = StopSignal | 'stop' | 'maxTasks' | 'maxMemory' | 'burst' | 'error'

/** The event is about a task. */
interface OfTask {
  readonly delivery: Delivery
  readonly task: Task
}

/** The event is about a delivery whose payload could perhaps not be read. */
interface OfDelivery {
  readonly delivery: Delivery
  readonly task: Task | undefined
}

/** The event is about a worker. */
interface OfWorker {
  /** Its `ident()`. */
  readonly worker: string
}

/** How long its function has run. */
interface Ran {
  readonly seconds: number
}

/** The same, where it may not have run at all. */
interface MayHaveRun {
  readonly seconds: number | undefined
}

/** How long a task rests before it may be handed out again. */
interface Pauses {
  /** Seconds. */
  readonly pause: number
}

interface Failed {
  readonly error: unknown
}

/** The facts of each event besides its `type`. */
export interface EventFacts {
  /** An attempt begins. */
  'task:start': OfTask
  /** The task has run to its end; `task.result` is what it returned. */
  'task:success': OfTask & Ran
  /** The task has reported how far it is, and what it is doing. */
  'task:progress': OfTask & { readonly progress: number; readonly text: string | undefined }
  /** The task has added a line to its log. */
  'task:log': OfTask & { readonly line: string }
  /** What its function returned cannot be kept, as `keepResult` asks: the task is a success all the same. */
  'task:unkept': OfTask & Failed
  /** An attempt has failed, and `task.attempt` is the next one. */
  'task:retry': OfTask & Failed & Ran & Pauses
  /** The task asked for a pause: it is back on its queue, no attempt charged. */
  'task:snoozed': OfTask & Failed & Ran & Pauses
  /** It is a dead letter: failed for good, unreadable, forbidden, or handed out too often. */
  'task:dead': OfDelivery & Failed & MayHaveRun
  /** Its function is not known here: it is back on its queue, no attempt charged. */
  'task:unknown': OfDelivery & Failed & Pauses
  /** What it depends on is not done: it is back on its queue, no attempt charged. */
  'task:blocked': OfTask & Pauses
  /** The worker had to stop before it ended, or had no slot for it after all: it is back on its queue, no attempt charged. */
  'task:released': OfDelivery & MayHaveRun
  /** Somebody canceled it while it ran. */
  'task:canceled': OfDelivery & Failed & MayHaveRun
  /** Its lease has lapsed, and another worker may run it too; or its store has it no longer, although nobody canceled it (`TASK_GONE`). */
  'task:lost': OfDelivery & Failed & MayHaveRun
  /** It could not be settled, since the store was away for as long as a lease: it runs again. */
  'task:unsettled': OfDelivery &
    Failed & {
      /** The store has no leases, so it is lost unless its store has it in spite of all. */
      readonly atMostOnce: boolean
    }
  /** Its time is over and its attempt has failed, but its function ignores its signal and goes on. */
  'task:timeout': OfTask & Ran
  /** A function has ended at last that had gone on after its timeout. */
  'task:late': OfTask & Ran
  /** It begins to take tasks. */
  'worker:start': OfWorker & {
    readonly toConsume: ToConsume
    readonly concurrency: number
    /** Seconds. */
    readonly lease: number
    readonly maxTasks: number
    /** Bytes. */
    readonly maxMemory: number
    readonly burst: boolean
    /** The store has no leases, so what runs is lost if the worker dies. */
    readonly atMostOnce: boolean
    /** This process has no inspector, so that it runs registered functions alone. */
    readonly registeredOnly: boolean
  }
  /** It takes nothing new any more. */
  'worker:stopping': OfWorker & {
    readonly reason: StopReason
    /** How many tasks still run, and may end. */
    readonly running: number
  }
  /** It has ended; with an `error` when it had to. */
  'worker:stop': OfWorker & Failed & { readonly tasksComplete: number }
  /** It has had nothing to run for a second, and waits. */
  'worker:idle': OfWorker
  /** It has nothing to run, and one of its queues is paused. Or, with a `task`, it has put something back whose function is paused. */
  'worker:paused': OfWorker & Pause & { readonly queue: string; readonly task?: string }
  /** The store is away, or full; the next attempt is in `pause` seconds. */
  'worker:disconnect': OfWorker & Failed & Pauses
  /** The store is back, after a number of seconds. */
  'worker:reconnect': OfWorker & { readonly seconds: number }
  /**
   * A queue holds as many dead letters as its store keeps: for each that comes, the oldest is dropped. Told when a task dies, once a
   * minute at most.
   */
  'worker:overflow': OfWorker & { readonly queue: string; readonly limit: number }
  /** Ticks of a schedule were missed, and are not made up for: as its option `missed` says. */
  'worker:dropped': OfWorker & { readonly queue: string; readonly schedule: string; readonly ticks: number }
  /** A schedule that is due could not be moved on; the worker tries again. */
  'worker:unscheduled': OfWorker & Failed & { readonly queue: string; readonly schedule: string }
  /** Schedules of its gator's queue that the code of this process has not declared, while it has declared others. */
  'worker:undeclared': OfWorker & { readonly queue: string; readonly schedules: readonly string[] }
  /** So many functions go on after their timeouts that nothing new can start. */
  'worker:stuck': OfWorker & { readonly running: number }
  /** Something kept the event loop busy for a number of seconds beyond the time at which leases were to be renewed. */
  'worker:blocked': OfWorker & {
    readonly seconds: number
    /** Seconds. */
    readonly lease: number
    /** Whether it surely still holds all that it held: a thread renewed it meanwhile, or nobody else was given it. */
    readonly kept: boolean
  }
}

export type WorkerEventType = keyof EventFacts

/** The event of one type, or of any of several. */
export type WorkerEventOf<T extends WorkerEventType> = {
  readonly [K in T]: { readonly type: K } & EventFacts[K]
}[T]

/** Anything that happens to a worker or one of its deliveries; each is one line in the worker's log. */
export type WorkerEvent = WorkerEventOf<WorkerEventType>
