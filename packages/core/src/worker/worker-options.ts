import type { Duration } from '../base/duration.js'
import type { OptionNames } from '../base/option-names.js'
import type { Logger } from '../events/logger.js'
import type { ToConsume } from '../base/queues.js'
import type { TaskRunner } from '../execution/task-runner.js'

/** How a worker works. Every part is optional. */
export interface WorkerOptions {
  /** Ends after a number of attempts; 0 is never. (Default: 0) */
  readonly maxTasks?: number
  /**
   * Ends when this process takes this number of bytes of memory (its resident set): nothing new is taken, and what runs may end,
   * however long it takes. 0 is never. (Default: 0)
   */
  readonly maxMemory?: number
  /**
   * The queue to take tasks from, or several: in a list the first is emptied before the second is looked at, in an object
   * (`{ high: 5, low: 1 }`) each has a weight of 1 or more, and full queues share what runs by weight. (Default: the gator's)
   */
  readonly toConsume?: ToConsume
  /**
   * Whether the levels of a queue have shares, so that none starves, or each is emptied before the next is looked at; only where the
   * store has `priorities`. (Default: `'shares'`)
   */
  readonly priorities?: 'shares' | 'strict'
  /** The pause between two looks at a store that cannot wait. (Default: 0.1 s) */
  readonly napTime?: Duration
  /** How many tasks run at once. (Default: 10) */
  readonly concurrency?: number
  /** How long a task is held without a sign of life before another worker gets it. (Default: 30 s) */
  readonly lease?: Duration
  /**
   * How long tasks are held, on a store that a thread can renew them on, while a function keeps the event loop from renewing
   * them; the `timeout` of that function's task takes its place while it is called. 0 does without the thread. (Default: 10 min)
   */
  readonly maxBlocked?: Duration
  /** How long running tasks may go on once the worker must stop. (Default: 30 s) */
  readonly shutdownTimeout?: Duration
  /** Ends when nothing is due and nothing runs. (Default: false) */
  readonly burst?: boolean
  /** Where attempts are made; its maker closes it. (Default: in the worker's own thread) */
  readonly runner?: TaskRunner | undefined
  /** Where the log lines go. (Default: text on stdout, warnings and errors on stderr) */
  readonly logger?: Logger
}

/** Their names. */
export const WORKER_OPTIONS: OptionNames<WorkerOptions> = {
  maxTasks: true,
  maxMemory: true,
  toConsume: true,
  napTime: true,
  concurrency: true,
  lease: true,
  maxBlocked: true,
  shutdownTimeout: true,
  burst: true,
  priorities: true,
  runner: true,
  logger: true,
}
