import type { DueSchedules, Payload, ScheduleChange, StoredSchedule, StoredState } from '@alligator/core'
import { MOST_DUE, checkText } from '@alligator/core/backend'
import type { Prepared } from './prepared.js'
import * as sql from './statements.js'
import { type NewTask, unpackData, unpackId } from './stored.js'

type Row = [queue: string, id: string, version: string, next: number | null, data: Payload, state: string]

/** The tasks beside which the schedules are kept. */
interface Tasks {
  readonly find: (queue: string, taskIds: readonly string[], now: number) => Map<string, StoredState>
  readonly push: (queue: string, tasks: readonly NewTask[], now: number) => void
}

/** The schedules of a file. Every method is synchronous and belongs in one transaction; `now` is Unix time. */
export class KeptSchedules {
  readonly #prepared: Prepared
  readonly #tasks: Tasks

  constructor(prepared: Prepared, tasks: Tasks) {
    this.#prepared = prepared
    this.#tasks = tasks
  }

  list(
    queue: string,
    ids: readonly string[] | undefined,
    now: number,
  ): { now: number; schedules: StoredSchedule[] } {
    const name = checkText(queue, 'queue')
    const rows = ids
      ? [...new Set(ids)].sort().flatMap((id) => this.#prepared.all<Row>(sql.SCHEDULE_ID, name, id))
      : this.#prepared.all<Row>(sql.SCHEDULES, name)
    return { now, schedules: rows.map(unpack) }
  }

  put({ queue, id, version, next, data, state }: StoredSchedule, former: string | undefined): boolean {
    const key = [checkText(queue, 'queue'), checkText(id, 'id')]
    if (former === undefined)
      return this.#prepared.run(sql.ADD_SCHEDULE, ...key, version, next ?? null, data, state) === 1
    return this.#prepared.run(sql.CHANGE_SCHEDULE, version, next ?? null, data, state, ...key, former) === 1
  }

  remove(queue: string, id: string): void {
    this.#prepared.run(sql.REMOVE_SCHEDULE, queue, id)
  }

  due(queues: readonly string[], now: number): DueSchedules {
    const names = [...new Set(queues)]
    const due = names.flatMap((queue) => this.#prepared.all<Row>(sql.DUE_SCHEDULES, queue, now)).map(unpack)
    const later = this.#first(names, now)
    return {
      now,
      due: due.sort((a, b) => (a.next ?? 0) - (b.next ?? 0)).slice(0, MOST_DUE),
      ...(later !== undefined && { next: later - now }),
    }
  }

  /** Seconds until the next one is due. */
  next(queues: readonly string[], now: number): number | undefined {
    const first = this.#first([...new Set(queues)], -1)
    return first === undefined ? undefined : Math.max(0, first - now)
  }

  /** Moves one on, and pushes those of its tasks that the queue does not have yet. */
  tick(
    { queue, id, former, version, unless, ...change }: ScheduleChange,
    tasks: readonly NewTask[],
    now: number,
  ): 'ticked' | 'held' | 'other' {
    const held = unless && this.#tasks.find(queue, [unless.taskId], now).get(unless.taskId)
    const isHeld = held !== undefined && held !== 'dead'
    const { next, state } = isHeld && unless ? unless : change
    if (this.#prepared.run(sql.MOVE_SCHEDULE, version, next ?? null, state, queue, id, former) === 0)
      return 'other'
    if (isHeld) return 'held'
    const found = this.#tasks.find(
      queue,
      tasks.map((task) => unpackId(task.id)),
      now,
    )
    const fresh = tasks.filter((task) => !found.has(unpackId(task.id)))
    if (fresh.length > 0) this.#tasks.push(queue, fresh, now)
    return 'ticked'
  }

  /** The first time after another. */
  #first(queues: readonly string[], after: number): number | undefined {
    const times = queues.flatMap((queue) => {
      const [first] = this.#prepared.get<[number | null]>(sql.NEXT_SCHEDULE, queue, after) ?? []
      return first ?? []
    })
    return times.length > 0 ? Math.min(...times) : undefined
  }
}

function unpack([queue, id, version, next, data, state]: Row): StoredSchedule {
  return { queue, id, version, next: next ?? undefined, data: unpackData(data), state }
}
