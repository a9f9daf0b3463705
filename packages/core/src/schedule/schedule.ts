import type { StoredSchedule } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { JsonArguments } from '../arguments/json-arguments.js'
import { chain } from '../base/awaitable.js'
import { InvalidOptionError } from '../errors/index.js'
import { Task, type TaskOptions } from '../task/task.js'
import { readProgress } from './definition.js'
import type { ScheduleHost, Scheduler } from './scheduler.js'
import {
  type Policy,
  type ScheduleOptions,
  type ScheduleSpec,
  type Timing,
  checkScheduleId,
  readPolicy,
  readTiming,
} from './spec.js'

/** Options of tasks that have no place in a schedule, and what has it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  taskId: 'Leave it out: each task of a schedule has an id that is made of the schedule and the tick.',
  delayBy: 'Leave it out: the schedule says when. To spread tasks out there is `jitter`.',
  delayUntil: 'Leave it out: the schedule says when. `startAt` is the option for the first time.',
  dependsOn:
    'Leave it out: it would hold for the first tick alone. Let the function push what depends on it.',
  queueName: 'Leave it out: a schedule is on the queue of its gator.',
  transaction: 'Leave it out: a schedule is no part of a transaction.',
}

/** A schedule as its store has it, when it was asked for. */
export class Schedule {
  readonly id: string
  readonly queue: string
  /** Its cron expression, if it has one. */
  readonly cron: string | undefined
  /** Seconds between two ticks, if it ticks again and again after that. */
  readonly every: number | undefined
  /** Its only tick, if it has but one. */
  readonly at: Date | undefined
  /** The zone of its cron expression. */
  readonly timeZone: string | undefined
  readonly startAt: Date | undefined
  readonly endAt: Date | undefined
  readonly missed: Policy['missed']
  /** Seconds. */
  readonly jitter: number
  readonly overlap: Policy['overlap']
  readonly limit: number | undefined
  /** Its next tick; `undefined` while it is paused, and once it is over. */
  readonly next: Date | undefined
  /** The last tick that pushed a task. */
  readonly last: Date | undefined
  /** How many tasks it has pushed. */
  readonly runs: number
  /** How many ticks it has dropped, as `missed` and `overlap` say; of a long gap no more than the last hundred or thousand count. */
  readonly dropped: number
  readonly isPaused: boolean
  /** The task that each tick pushes, to be looked at. */
  readonly task: Task | undefined
  /** Why it cannot be read: it is sealed with another secret, or by none. Ticks that this process makes fail with it. */
  readonly error: unknown
  readonly #row: StoredSchedule
  readonly #scheduler: Scheduler

  private constructor(
    scheduler: Scheduler,
    row: StoredSchedule,
    parts: { readonly timing: Timing; readonly policy: Policy; readonly task: Task } | undefined,
    error?: unknown,
  ) {
    const { timing = {}, policy, task } = parts ?? {}
    const progress = readProgress(row.state)
    this.#row = row
    this.#scheduler = scheduler
    this.id = row.id
    this.queue = row.queue
    this.cron = timing.cron
    this.every = timing.every
    this.at = dateOf(timing.at)
    this.timeZone = timing.timeZone
    this.startAt = dateOf(timing.startAt)
    this.endAt = dateOf(timing.endAt)
    this.missed = policy?.missed ?? 'once'
    this.jitter = policy?.jitter ?? 0
    this.overlap = policy?.overlap ?? 'allow'
    this.limit = policy?.limit
    this.next = dateOf(row.next)
    this.last = dateOf(progress.last)
    this.runs = progress.runs
    this.dropped = progress.dropped
    this.isPaused = progress.isPaused
    this.task = task
    this.error = error
  }

  /** What the store has, read as far as it can be. */
  static async read(scheduler: Scheduler, row: StoredSchedule): Promise<Schedule> {
    try {
      const { timing, policy, task } = scheduler.read(row)
      return new Schedule(scheduler, row, {
        timing,
        policy,
        task: await scheduler.taskOf(row, { timing, policy, task }),
      })
    } catch (error) {
      return new Schedule(scheduler, row, undefined, error)
    }
  }

  /** Its next times, no more than `count` of them. */
  async upcoming(count: number): Promise<Date[]> {
    const times = await this.#scheduler.upcoming(this.#row, count)
    return times.map((time) => new Date(time * 1000))
  }

  /** Pushes its task now, besides its ticks. Gives that task. */
  run(): Promise<Task> {
    return this.#scheduler.run(this.#row)
  }

  /** Makes no more ticks until it is resumed; those of that time are not made up for. Gives it as it is then. */
  pause(): Promise<Schedule | undefined> {
    return this.#pause(true)
  }

  /** Makes ticks again, from the next one on. Gives it as it is then; `undefined`: it is gone. */
  resume(): Promise<Schedule | undefined> {
    return this.#pause(false)
  }

  async #pause(isPaused: boolean): Promise<Schedule | undefined> {
    const row = await this.#scheduler.pause(this.#row, isPaused)
    return row && Schedule.read(this.#scheduler, row)
  }
}

/** A schedule that is to be given its function: what `gator.schedule` gives. */
export class Scheduling {
  readonly #host: ScheduleHost
  readonly #scheduler: Scheduler
  readonly #id: string
  readonly #timing: Timing
  readonly #policy: Policy
  readonly #taskOptions: TaskOptions

  /** @throws InvalidOptionError, NotSupportedError */
  constructor(
    host: ScheduleHost & { readonly scheduler: Scheduler },
    id: string,
    spec: ScheduleSpec,
    options: ScheduleOptions = {},
    taskOptions: TaskOptions = {},
  ) {
    host.scheduler.facet('gator.schedule')
    this.#host = host
    this.#scheduler = host.scheduler
    this.#id = checkScheduleId(id)
    this.#timing = readTiming(spec, options)
    this.#policy = readPolicy(options)
    if (this.#policy.overlap === 'skip') need(host.backend, 'listing', "a schedule with overlap: 'skip'")
    this.#taskOptions = checkNoneElsewhere(taskOptions)
  }

  /**
   * Has each tick call `func` with these arguments. What is there already under this id and has the same times keeps its phase: so
   * an app says this whenever it starts. Resolves when the store has it.
   *
   * @throws InvalidOptionError for a cron expression that cannot be used; UnreferenceableFunctionError, InvalidArgumentError,
   * PayloadTooLargeError, and StoreUnavailableError or its kin.
   */
  async task<P extends readonly unknown[], R, G extends readonly unknown[] = P>(
    func: (this: void, ...args: P) => R,
    ...args: JsonArguments<P, G>
  ): Promise<Schedule> {
    const { taskClass, context, queueName } = this.#host
    const task = new taskClass({ ...this.#taskOptions, taskId: `schedule:${this.#id}` })
    task.toCall<P, R, G>(func, ...args)
    task.context = context
    task.queue = queueName
    const data = await chain(task.serialize(), (serialized) => serialized)
    const row = await this.#scheduler.put(this.#id, {
      timing: this.#timing,
      policy: this.#policy,
      task: data,
    })
    return Schedule.read(this.#scheduler, row)
  }
}

function checkNoneElsewhere(options: TaskOptions): TaskOptions {
  if (options.isAsync !== undefined && !new Task(options).isAsync)
    throw new InvalidOptionError(
      'isAsync',
      options.isAsync,
      'Leave it out: a schedule puts its tasks on the queue.',
    )
  for (const [name, value] of Object.entries(options)) {
    const wayOut = ELSEWHERE[name]
    if (wayOut !== undefined && value !== undefined) throw new InvalidOptionError(name, value, wayOut)
  }
  return options
}

function dateOf(seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : new Date(Math.round(seconds * 1000))
}
