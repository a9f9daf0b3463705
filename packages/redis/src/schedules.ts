import type {
  Clock,
  Directory,
  DueSchedules,
  ScheduleChange,
  Schedules as SchedulesFacet,
  StoredSchedule,
  WorkerInfo,
} from '@alligator/core'
import { MOST_DUE, checkText } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import type { Argument } from './driver.js'
import { pack } from './pushes.js'
import {
  DUE_SCHEDULES,
  LIST_SCHEDULES,
  NEXT_TICK,
  PUT_SCHEDULE,
  REMOVE_SCHEDULE,
  SCHEDULE_NEWS,
  TICK,
} from './scripts/schedule.js'
import { packData, packId, toMilliseconds, unpackData } from './stored.js'

type Row = [id: Buffer, data: Buffer, version: Buffer, state: Buffer, tick?: Buffer | null]
type DueReply = [now: number, later: Buffer, ...rows: Row[]]

/** The schedules of each queue, which share its hash tag: so that a tick and its push are one script, on a cluster too. */
export class Schedules implements Omit<SchedulesFacet, 'onPut'> {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #directory: Directory
  readonly #onPut: (queue: string) => void

  /** `directory` takes announcements; `onPut` is told that one was put here. */
  constructor(connection: Connection, clock: Clock, directory: Directory, onPut: (queue: string) => void) {
    this.#connection = connection
    this.#clock = clock
    this.#directory = directory
    this.#onPut = onPut
  }

  async list(queue: string, ids?: readonly string[]): Promise<{ now: number; schedules: StoredSchedule[] }> {
    const names = ids && [...new Set(ids)].map((id) => checkText(id, 'id'))
    const call = { queues: [this.#keys(queue)], args: { all: ids ? 0 : 1 }, rest: names ?? [] }
    const reply = await this.#connection.run(LIST_SCHEDULES, () => call)
    const [now, ...rows] = reply as [now: number, ...rows: Row[]]
    const schedules = rows.map((row) => unpack(queue, row))
    return { now: now / 1000, schedules: schedules.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }

  async put({ queue, id, data, ...rest }: StoredSchedule, former: string | undefined): Promise<boolean> {
    const { version, state, next } = rest
    const args = {
      id: checkText(id, 'id'),
      former: former ?? '',
      ...{ version, state, tick: tickOf(next) },
      data: packData(data, id),
      channel: this.#connection.channels + SCHEDULE_NEWS,
      queue,
    }
    const call = { queues: [this.#keys(queue)], args }
    const isKept = (await this.#connection.runSafely(PUT_SCHEDULE, () => call)) === 1
    this.#onPut(queue)
    return isKept
  }

  async remove(queue: string, id: string): Promise<void> {
    const call = { queues: [this.#keys(queue)], args: { id: checkText(id, 'id') } }
    await this.#connection.runSafely(REMOVE_SCHEDULE, () => call)
  }

  /** One call for each queue, all at once. */
  async due(queues: readonly string[]): Promise<DueSchedules> {
    const names = [...new Set(queues)]
    const replies = names.map(async (queue) => {
      const call = { queues: [this.#keys(queue)], args: { most: MOST_DUE } }
      const reply = await this.#connection.run(DUE_SCHEDULES, () => call)
      const [now, later, ...rows] = reply as DueReply
      const due = rows.map((row) => unpack(queue, row))
      return { now, due, later: later.length > 0 ? Number(later) - now : Infinity }
    })
    const found = await Promise.all(replies)
    const later = Math.min(...found.map((one) => one.later))
    const due = found.flatMap((one) => one.due).sort((a, b) => (a.next ?? 0) - (b.next ?? 0))
    // Of several servers the one whose clock is behind: what is due by that is due by all of them.
    const now = Math.min(...found.map((one) => one.now)) / 1000
    return { now, due: due.slice(0, MOST_DUE), ...(later < Infinity && { next: later / 1000 }) }
  }

  async tick(change: ScheduleChange): Promise<'ticked' | 'held' | 'other'> {
    const { queue, id, former, version, state, next, items, unless } = change
    const { repeats } = this.#connection
    const tasks: Argument[] = []
    // Each by itself, so that one that is there already keeps no other from being written.
    for (const item of items) pack([item], tasks)
    const own = {
      schedule: checkText(id, 'id'),
      ...{ former, version, state, tick: tickOf(next) },
      unless: unless ? packId(unless.taskId) : '',
      heldState: unless?.state ?? '',
      heldTick: tickOf(unless?.next),
    }
    const number = repeats.beginPush()
    try {
      const outcome = await this.#connection.runSafely(TICK, (again) => ({
        queues: [this.#keys(queue)],
        args: { ...own, ...repeats.pushWords(number, again), sent: toMilliseconds(this.#clock.now()) },
        rest: tasks,
      }))
      return String(outcome) as 'ticked' | 'held' | 'other'
    } finally {
      repeats.endPush(number)
    }
  }

  /** Seconds until the next tick of these queues. */
  async announce(worker: WorkerInfo, ttl: number): Promise<number | undefined> {
    const announced = this.#directory.announce(worker, ttl)
    const [next] = await Promise.all([this.#next(worker.queues), announced])
    return next
  }

  async #next(queues: readonly string[]): Promise<number | undefined> {
    const replies = [...new Set(queues)].map((queue) =>
      this.#connection.run(NEXT_TICK, () => ({ queues: [this.#keys(queue)], args: {} })),
    )
    const found = (await Promise.all(replies)).filter((reply) => reply !== null) as number[]
    return found.length > 0 ? Math.min(...found) / 1000 : undefined
  }

  #keys(queue: string) {
    return this.#connection.keys.of(queue)
  }
}

/** In whole milliseconds, the nearest: a time comes back as it was put. */
function tickOf(next: number | undefined): string {
  return next === undefined ? '' : String(Math.round(next * 1000))
}

function unpack(queue: string, [name, data, version, state, tick]: Row): StoredSchedule {
  const id = String(name)
  return {
    queue,
    id,
    version: String(version),
    next: tick ? Number(tick) / 1000 : undefined,
    data: unpackData(data, id),
    state: String(state),
  }
}
