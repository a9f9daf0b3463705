import type { BackendClass, Client } from '../backend/client.js'
import type { Clock } from '../base/clock.js'
import type { Duration } from '../base/duration.js'
import type { OptionNames } from '../base/option-names.js'
import type { TaskDefaults } from './defaults.js'
import type { TaskClass } from '../task/task.js'

/** How a gator works. Every part is optional. */
export interface GatorOptions {
  /** The queue that it puts tasks on and takes them from. (Default: `'all'`) */
  readonly queueName?: string
  /**
   * Options of the tasks that are made through it and do not say otherwise: `gator.task`, `gator.options`, `gator.schedule`. A task that
   * is pushed by hand has its own alone. (Default: none: no retries, no time limit)
   */
  readonly defaults?: TaskDefaults
  /** The class of its tasks. (Default: `Task`) */
  readonly taskClass?: TaskClass
  /** The class of its backend. (Default: the one registered for the DSN's scheme) */
  readonly backendClass?: BackendClass
  /**
   * The store of what the gator's own store cannot keep, which SQS and beanstalkd need for `pause`: a DSN, or a client that is ready. It is
   * closed with the gator. (Default: none; what needs it is refused)
   */
  readonly state?: string | Client | undefined
  /** The folder that module ids are relative to. (Default: `ALLIGATOR_ROOT`, else that of the nearest `package.json`) */
  readonly root?: string
  /**
   * What the app is called; a worker runs no task of another one that uses the same queue.
   * (Default: `ALLIGATOR_APP`, else the name in the `package.json` of the root)
   */
  readonly app?: string
  /** Patterns of module ids that may run; see `docs/function-references.md`. (Default: the app's own modules) */
  readonly allow?: readonly string[]
  /** How long a task taken by `pop` or `get` is held without a sign of life. (Default: 30 s) */
  readonly lease?: Duration
  /** How often a task may be handed out without being settled before it becomes a dead letter. (Default: 5) */
  readonly maxDeliveries?: number
  /** How long a task whose function no worker finds stays on the queue before it becomes a dead letter. (Default: 1 day) */
  readonly unknownTaskTtl?: Duration
  /**
   * Signs what this gator puts on a queue, and lets it run only what is signed; see `docs/security.md`. At least 32
   * characters; of several the first signs and all verify, so that they can be replaced one by one.
   * (Default: `ALLIGATOR_SECRET`, where commas separate several; without one, nothing is signed)
   */
  readonly secret?: string | readonly string[]
  /** Encrypts what it puts on a queue, for stores that others can read. Needs a secret. (Default: false) */
  readonly encrypt?: boolean
  /** The most bytes of a payload that it puts on a queue or reads from one. (Default: 16 MiB, or less if its store takes less) */
  readonly maxPayload?: number
  /** The most bytes of a result that it keeps, and of that of a step. (Default: 64 KiB) */
  readonly maxResult?: number
  /** What time it is. (Default: the system's clock) */
  readonly clock?: Clock
}

/** Their names. */
export const GATOR_OPTIONS: OptionNames<GatorOptions> = {
  queueName: true,
  defaults: true,
  taskClass: true,
  backendClass: true,
  root: true,
  app: true,
  allow: true,
  lease: true,
  maxDeliveries: true,
  unknownTaskTtl: true,
  secret: true,
  encrypt: true,
  maxPayload: true,
  maxResult: true,
  state: true,
  clock: true,
}
