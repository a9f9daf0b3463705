import type { Payload } from '../base/payload.js'
import type { Clock } from '../base/clock.js'
import type { PushItem, ScheduleChange, StoredSchedule, StoredState } from '../backend/contract.js'
import { type DueSchedules, MOST_DUE } from '../backend/facets.js'

/** The tasks beside which the schedules are kept. */
interface Tasks {
  readonly stateOf: (queue: string, taskId: string) => StoredState | undefined
  readonly push: (queue: string, items: readonly PushItem[]) => unknown
}

/** The schedules of a store in the memory of this process. */
export class KeptSchedules {
  /** Told the queue when one was put. */
  readonly listeners: Set<(queue: string) => void> = new Set()
  readonly #clock: Clock
  readonly #tasks: Tasks
  /** Of each queue, by their ids. */
  readonly #kept = new Map<string, Map<string, StoredSchedule>>()

  constructor(clock: Clock, tasks: Tasks) {
    this.#clock = clock
    this.#tasks = tasks
  }

  list(queue: string, ids?: readonly string[]): { now: number; schedules: StoredSchedule[] } {
    const kept = this.#kept.get(queue)
    const named = ids && [...new Set(ids)].flatMap((id) => kept?.get(id) ?? [])
    const schedules = (named ?? [...(kept?.values() ?? [])]).map(copy)
    return { now: this.#clock.now(), schedules: schedules.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }

  put(schedule: StoredSchedule, former: string | undefined): boolean {
    const kept = this.#kept.get(schedule.queue) ?? new Map<string, StoredSchedule>()
    if (kept.get(schedule.id)?.version !== former) return false
    this.#kept.set(schedule.queue, kept.set(schedule.id, copy(schedule)))
    for (const listener of this.listeners) listener(schedule.queue)
    return true
  }

  remove(queue: string, id: string): void {
    this.#kept.get(queue)?.delete(id)
  }

  due(queues: readonly string[]): DueSchedules {
    const now = this.#clock.now()
    const timed = this.#timed(queues)
    const due = timed.filter(({ next }) => next <= now).slice(0, MOST_DUE)
    const later = timed.find(({ next }) => next > now)
    return { now, due: due.map(({ schedule }) => copy(schedule)), next: later && later.next - now }
  }

  /** Seconds until the next one is due. */
  next(queues: readonly string[]): number | undefined {
    const [first] = this.#timed(queues)
    return first && Math.max(0, first.next - this.#clock.now())
  }

  tick({ former, items, unless, ...change }: ScheduleChange): 'ticked' | 'held' | 'other' {
    const { queue, id, version } = change
    const kept = this.#kept.get(queue)?.get(id)
    if (!kept || kept.version !== former) return 'other'
    const last = unless && this.#tasks.stateOf(queue, unless.taskId)
    const isHeld = last !== undefined && last !== 'dead'
    if (!isHeld)
      this.#tasks.push(
        queue,
        items.filter(({ taskId }) => this.#tasks.stateOf(queue, taskId) === undefined),
      )
    const { next, state } = isHeld && unless ? unless : change
    this.#kept.get(queue)?.set(id, { ...kept, version, next, state })
    return isHeld ? 'held' : 'ticked'
  }

  #timed(queues: readonly string[]): { readonly next: number; readonly schedule: StoredSchedule }[] {
    const all = [...new Set(queues)].flatMap((queue) => [...(this.#kept.get(queue)?.values() ?? [])])
    const timed = all.flatMap((schedule) =>
      schedule.next === undefined ? [] : [{ next: schedule.next, schedule }],
    )
    return timed.sort((a, b) => a.next - b.next)
  }
}

/** Nobody can change what is stored. */
function copy(schedule: StoredSchedule): StoredSchedule {
  const data: Payload = typeof schedule.data === 'string' ? schedule.data : new Uint8Array(schedule.data)
  return { ...schedule, data }
}
