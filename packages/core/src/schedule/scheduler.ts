import { randomUUID } from 'node:crypto'
import type { Client } from '../backend/client.js'
import type { PushItem, StoredSchedule } from '../backend/contract.js'
import { MOST_DUE, type Schedules } from '../backend/facets.js'
import { need } from '../backend/need.js'
import { isPassing } from '../errors/index.js'
import type { Payload } from '../base/payload.js'
import { newTaskId } from '../base/ids.js'
import { checkSize } from '../wire/limits.js'
import type { Task, TaskClass, TaskContext } from '../task/task.js'
import {
  BEGINNING,
  type Definition,
  type Progress,
  jitterOf,
  readDefinition,
  readProgress,
  tickId,
  writeDefinition,
  writeProgress,
} from './definition.js'
import type { Policy, Timing } from './spec.js'
import { type Times, lastTimes, timesOf } from './times.js'

/** Seconds by which a tick may be late before it counts as missed. */
const GRACE = 60
/** Ticks of a gap that are made up for, and that are counted where they are not. */
const MOST_MADE_UP = 1000
const MOST_COUNTED = 100
/** Tasks that one step pushes at most. */
const MOST_TOGETHER = 100
/** Timings whose parser is kept at hand. */
const MOST_KNOWN = 1000

/** The gator that schedules belong to, as far as they know it. */
export interface ScheduleHost {
  readonly backend: Client
  readonly queueName: string
  readonly maxPayload: number
  readonly taskClass: TaskClass
  readonly context: TaskContext
  seal(data: Payload, queue: string): Payload
  open(data: Payload, queue: string): Payload
  /** Takes tasks through middleware, and makes of them what `put` is to write; whatever that does not get was dropped. */
  enqueueBy(
    put: (items: readonly PushItem[]) => Promise<unknown>,
    tasks: readonly Task[],
    queue: string,
  ): Promise<unknown>
}

/** What came of looking for what is due. */
export interface Ticking {
  /** Seconds until the next look; `undefined`: there is nothing to look for. */
  readonly next: number | undefined
  /** How many ticks were made here. */
  readonly ticks: number
  /** Schedules of which ticks were missed, and will not be made up for. */
  readonly dropped: readonly { readonly schedule: StoredSchedule; readonly count: number }[]
  /** Schedules that could not be moved on: what is wrong with one does not hold up the others. */
  readonly failures: readonly { readonly schedule: StoredSchedule; readonly error: unknown }[]
}

/** A tick that is about to be made. */
interface Step {
  readonly row: StoredSchedule
  readonly definition: Definition
  readonly progress: Progress
  /** The ticks that push a task. */
  readonly chosen: readonly number[]
  readonly now: number
  /** Absent where this tick is the last that its limit allows. */
  readonly next: number | undefined
  /** The next one all the same. */
  readonly following: number | undefined
}

/**
 * Keeps the schedules of a gator, and makes their ticks. A schedule is a row of its store. A worker that finds that its time has come computes
 * the next one, and moves the row on in the very step that pushes the task: of several workers, one succeeds. So none
 * has to be elected, clocks may differ, and a worker that dies leaves nothing undone.
 */
export class Scheduler {
  readonly #host: ScheduleHost
  readonly #known = new Map<string, Promise<Times>>()
  readonly #declared = new Set<string>()

  constructor(host: ScheduleHost) {
    this.#host = host
  }

  /** The store's schedules. @throws NotSupportedError */
  facet(operation: string): Schedules {
    return need(this.#host.backend, 'schedules', operation)
  }

  /**
   * Keeps a schedule. One that is there already and has the same timing keeps its next time, and its count of runs.
   *
   * @throws InvalidOptionError for a cron expression that cannot be used; PayloadTooLargeError.
   */
  async put(id: string, definition: Definition): Promise<StoredSchedule> {
    const { queueName: queue, backend, maxPayload } = this.#host
    this.#declared.add(id)
    const facet = this.facet('gator.schedule')
    const times = await this.#timesOf(definition.timing)
    const data = this.#host.seal(writeDefinition(definition), queue)
    checkSize(`schedule ${id}`, data, Math.min(backend.maxPayload, maxPayload))
    return this.#change(facet, { queue, id }, (there, now) => {
      if (there && isSame(there.data, data)) return there
      const progress = this.#progressOf(there, definition.timing)
      const kept = this.#isTimed(there, definition.timing) ? there?.next : undefined
      const next = isOver(progress, definition.policy) ? undefined : (kept ?? times.after(now))
      return { queue, id, version: '', next, data, state: writeProgress(progress) }
    })
  }

  /** The schedules of a queue, by their ids. */
  async list(queue: string): Promise<readonly StoredSchedule[]> {
    const { schedules } = await this.facet('gator.schedules').list(queue)
    return schedules
  }

  /** Removes a schedule. `false`: there was none. */
  async remove(queue: string, id: string): Promise<boolean> {
    if (queue === this.#host.queueName) this.#declared.delete(id)
    const facet = this.facet('gator.unschedule')
    const { schedules } = await facet.list(queue, [id])
    await facet.remove(queue, id)
    return schedules.length > 0
  }

  /** The ids of schedules that the queue has, and this process has not declared; none where it has declared none at all. */
  async undeclared(): Promise<string[]> {
    if (this.#declared.size === 0) return []
    const all = await this.list(this.#host.queueName)
    return all.map(({ id }) => id).filter((id) => !this.#declared.has(id))
  }

  /** Begins a pause, or ends it: ticks of the time between are not made up for. `undefined`: the schedule is gone. */
  async pause(row: StoredSchedule, isPaused: boolean): Promise<StoredSchedule | undefined> {
    const { timing, policy } = this.read(row)
    const times = await this.#timesOf(timing)
    return this.#change(this.facet('the pause of a schedule'), row, (there, now) => {
      if (!there) return undefined
      const progress = { ...readProgress(there.state), isPaused }
      const next = isOver(progress, policy) ? undefined : times.after(now)
      return { ...there, next, state: writeProgress(progress) }
    })
  }

  /** Pushes the task of a schedule now, besides its ticks. */
  async run(row: StoredSchedule): Promise<Task> {
    const { backend } = this.#host
    const now = this.#host.context.clock.now()
    const task = await this.taskOf(row, this.read(row))
    task.taskId = newTaskId()
    task.scheduledFor = new Date(now * 1000)
    await this.#host.enqueueBy((items) => backend.pushMany(row.queue, items), [task], row.queue)
    return task
  }

  /** What a schedule is. @throws what `open` throws, and InvalidPayloadError. */
  read({ data, queue }: StoredSchedule): Definition {
    return readDefinition(this.#host.open(data, queue))
  }

  /** The task that each tick makes, to be looked at or pushed: its module is not imported. */
  async taskOf({ queue }: StoredSchedule, { task }: Definition): Promise<Task> {
    const { context, taskClass } = this.#host
    const made = await taskClass.deserialize(task, { ...context, defers: true })
    made.queue = queue
    return made
  }

  /** The next times of a schedule. */
  async upcoming(row: StoredSchedule, count: number): Promise<number[]> {
    const { timing, policy } = this.read(row)
    const { runs } = readProgress(row.state)
    const times = await this.#timesOf(timing)
    const left = Math.min(count, (policy.limit ?? Infinity) - runs)
    const found: number[] = []
    for (let time = row.next; time !== undefined && found.length < left; time = times.after(time))
      found.push(time)
    return found
  }

  /** Makes the ticks that are due on some queues. @throws what the store throws. */
  async tickDue(queues: readonly string[]): Promise<Ticking> {
    const facet = this.facet('ticks')
    const dropped: Ticking['dropped'][number][] = []
    const failures: Ticking['failures'][number][] = []
    let ticks = 0
    for (;;) {
      const { now, due, next } = await facet.due(queues)
      let soonest = next ?? Infinity
      let moved = 0
      const tick = async (schedule: StoredSchedule) => {
        try {
          const step = await this.#prepare(schedule, now)
          const isOurs = await this.#tick(facet, step)
          moved += 1
          soonest = Math.min(soonest, (step.following ?? Infinity) - now)
          if (!isOurs) return
          ticks += step.chosen.length
          const count = droppedBy(step)
          if (count > 0) dropped.push({ schedule, count })
        } catch (error) {
          // It is about the store, and not about this schedule.
          if (isPassing(error)) throw error
          failures.push({ schedule, error })
        }
      }
      await Promise.all(due.map(tick))
      // As many as there may be at once: there may be more. What cannot be moved on would be found again and again.
      if (due.length >= MOST_DUE && moved > 0) continue
      return { next: soonest === Infinity ? undefined : soonest, ticks, dropped, failures }
    }
  }

  async #prepare(row: StoredSchedule, clock: number): Promise<Step> {
    const definition = this.read(row)
    const { missed, overlap, limit = Infinity } = definition.policy
    const progress = readProgress(row.state)
    const times = await this.#timesOf(definition.timing)
    const due = row.next ?? clock
    // Of several servers of a store one may be behind; a tick must never be the next one again.
    const now = Math.max(clock, due)
    const found = await lastTimes(times, due, now, missed === 'all' ? MOST_MADE_UP : MOST_COUNTED)
    // The process that wrote it may have had other rules of the clock in its zone.
    const all = found.length > 0 ? found : [due]
    const last = all.slice(-1)
    const isLate = now - (last[0] ?? now) > GRACE
    const wanted = missed === 'all' && overlap === 'allow' ? all : missed === 'skip' && isLate ? [] : last
    const chosen = wanted.slice(0, Math.max(0, limit - progress.runs))
    const after = {
      ...progress,
      runs: progress.runs + chosen.length,
      dropped: progress.dropped + all.length - chosen.length,
    }
    const following = times.after(now)
    const next = isOver(after, definition.policy) ? undefined : following
    return {
      row,
      definition,
      progress: { ...after, last: chosen.at(-1) ?? progress.last },
      chosen,
      now,
      next,
      following,
    }
  }

  /** Pushes what is chosen, some at a time, and moves the row on with each. Gives whether nobody else was first. */
  async #tick(facet: Schedules, step: Step): Promise<boolean> {
    const { row, definition, progress, chosen, next } = step
    const before = readProgress(row.state)
    const { overlap } = definition.policy
    let former = row.version
    for (let at = 0; at === 0 || at < chosen.length; at += MOST_TOGETHER) {
      const some = chosen.slice(at, at + MOST_TOGETHER)
      const rest = chosen[at + MOST_TOGETHER]
      const done: Progress =
        rest === undefined
          ? progress
          : { ...progress, last: some.at(-1), runs: before.runs + at + some.length }
      const held = {
        ...progress,
        last: before.last,
        runs: before.runs,
        dropped: progress.dropped + chosen.length,
      }
      const change = {
        queue: row.queue,
        id: row.id,
        former,
        version: randomUUID(),
        next: rest ?? next,
        state: writeProgress(done),
        unless:
          overlap === 'skip' && before.last !== undefined && chosen.length > 0
            ? { taskId: tickId(row.id, before.last), state: writeProgress(held), next: step.following }
            : undefined,
      }
      const outcome = await this.#push(step, some, (items) => facet.tick({ ...change, items }))
      if (outcome !== 'ticked') return outcome === 'held'
      former = change.version
    }
    return true
  }

  async #push<T>(
    { row, definition, now }: Step,
    ticks: readonly number[],
    put: (items: readonly PushItem[]) => PromiseLike<T> | T,
  ): Promise<T> {
    const { jitter } = definition.policy
    const tasks = await Promise.all(
      ticks.map(async (tick) => {
        const task = await this.taskOf(row, definition)
        task.taskId = tickId(row.id, tick)
        task.scheduledFor = new Date(Math.round(tick * 1000))
        if (jitter > 0) task.delayUntil = Math.max(tick, now) + jitterOf(task.taskId, jitter)
        return task
      }),
    )
    let outcome: { readonly given: T } | undefined
    if (tasks.length > 0)
      await this.#host.enqueueBy(async (items) => (outcome = { given: await put(items) }), tasks, row.queue)
    // Middleware has dropped all of them, or there were none: the schedule moves on all the same.
    return outcome ? outcome.given : put([])
  }

  /** Changes a schedule as `make` says of what is there, and again while somebody else is faster. */
  async #change<T extends StoredSchedule | undefined>(
    facet: Schedules,
    { queue, id }: Pick<StoredSchedule, 'queue' | 'id'>,
    make: (there: StoredSchedule | undefined, now: number) => T,
  ): Promise<T> {
    for (;;) {
      const { now, schedules } = await facet.list(queue, [id])
      const [there] = schedules
      const made = make(there, now)
      if (made === undefined || made === there) return made
      const changed = { ...made, version: randomUUID() }
      if (await facet.put(changed, there?.version)) return changed
    }
  }

  /** With another timing it begins anew, but keeps its last run. */
  #progressOf(there: StoredSchedule | undefined, timing: Timing): Progress {
    if (!there) return BEGINNING
    const progress = readProgress(there.state)
    return this.#isTimed(there, timing) ? progress : { ...progress, runs: 0, dropped: 0 }
  }

  #isTimed(there: StoredSchedule | undefined, timing: Timing): boolean {
    if (!there) return false
    try {
      return JSON.stringify(this.read(there).timing) === JSON.stringify(timing)
    } catch {
      // It was sealed by a secret that is gone, or by nobody.
      return false
    }
  }

  #timesOf(timing: Timing): Promise<Times> {
    const key = JSON.stringify(timing)
    const known = this.#known.get(key)
    if (known) return known
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    const times = timesOf(timing)
    this.#known.set(key, times)
    return times
  }
}

function isOver({ runs, isPaused }: Progress, { limit = Infinity }: Policy): boolean {
  return isPaused || runs >= limit
}

/** Ticks that were dropped by this step. */
function droppedBy({ row, progress }: Step): number {
  return progress.dropped - readProgress(row.state).dropped
}

function isSame(one: Payload, other: Payload): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other
  return Buffer.compare(one, other) === 0
}
