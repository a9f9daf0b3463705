import { randomUUID } from 'node:crypto'
import { performance } from '../../base/timers.js'
import { InvalidPayloadError, isPassing } from '../../errors/index.js'
import type { PushItem, ScheduleChange, StoredSchedule, WorkerInfo } from '../contract.js'
import { type DueSchedules, MOST_DUE, type Schedules } from '../facets.js'
import type { StateStore } from '../state-store.js'
import { NO_PAYLOAD, packPayload, unpackPayload } from './payload-text.js'

/** Seconds after which the tasks of a tick that nobody is known to have pushed are pushed by the next client that looks. */
const PATIENCE = 30

/** Tasks of a tick that are not known to be on the queue. */
interface Outgoing {
  /** The keys under which they are kept. */
  readonly keys: readonly string[]
  /** Unix time in seconds until which somebody is pushing them. */
  readonly until: number
}

/** What the list of a queue says of a schedule. */
interface Row extends Pick<StoredSchedule, 'id' | 'version' | 'next' | 'state'> {
  /** The key of its payload. */
  readonly data: string
  readonly outgoing?: readonly Outgoing[]
}

/**
 * The schedules of a store that can keep none, kept in a state store beside it.
 *
 * A queue has one list of all of its schedules, and each step is a compare-and-put of that list: so what a look or an announcement
 * costs does not grow with their number. Payloads never change, and are kept under keys of their own.
 *
 * A tick cannot be one step of two stores. Its tasks are written down first, then the list moves the schedule on and names
 * them, both or neither; then they are pushed, and struck off the list. Of many clients that try, one moves the schedule on. A client that
 * dies before that has done nothing; one that dies after it leaves tasks that the list names, and that the next client pushes
 * once `PATIENCE` is over. So none is missing, and one is there twice only if somebody died, stood still for that long, or lost a
 * store between the push and its being struck off.
 */
export class StateSchedules implements Schedules {
  readonly #state: StateStore
  readonly #pushMany: (queue: string, items: readonly PushItem[]) => Promise<unknown>
  readonly #listeners = new Set<(queue: string) => void>()

  constructor(state: StateStore, pushMany: (queue: string, items: readonly PushItem[]) => Promise<unknown>) {
    this.#state = state
    this.#pushMany = pushMany
  }

  async list(queue: string, ids?: readonly string[]): Promise<{ now: number; schedules: StoredSchedule[] }> {
    const isWanted = ({ id }: Row) => ids?.includes(id) ?? true
    const [now, schedules] = await Promise.all([this.#state.now(), this.#whole(queue, isWanted)])
    return { now, schedules: schedules.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }

  async put(schedule: StoredSchedule, former: string | undefined): Promise<boolean> {
    const { queue, id, version, next, state } = schedule
    const data = newKey()
    await this.#state.put(data, packPayload(schedule.data))
    let old: Row | undefined
    const isKept = await this.#change(queue, (rows) => {
      old = rows.find((row) => row.id === id)
      if (old?.version !== former) return undefined
      return [...without(rows, id), { id, version, next, state, data, outgoing: old?.outgoing }]
    })
    const unused = isKept ? old?.data : data
    if (unused !== undefined) await this.#state.delete(unused)
    if (isKept) for (const listener of this.#listeners) listener(queue)
    return isKept
  }

  async remove(queue: string, id: string): Promise<void> {
    let old: Row | undefined
    await this.#change(queue, (rows) => {
      old = rows.find((row) => row.id === id)
      return old && without(rows, id)
    })
    if (old) await this.#forget([old.data, ...keysOf(old.outgoing)])
  }

  async due(queues: readonly string[]): Promise<DueSchedules> {
    const now = await this.#state.now()
    const found = await Promise.all(
      [...new Set(queues)].map(async (queue) => {
        await this.#heal(queue, now)
        const rows = await this.#read(queue)
        const isDue = ({ next = Infinity }: Row) => next <= now
        const later = rows.flatMap(timesOf).filter((time) => time > now)
        return { due: rows.some(isDue) ? await this.#whole(queue, isDue) : [], later }
      }),
    )
    const due = found.flatMap((one) => one.due).sort((a, b) => (a.next ?? 0) - (b.next ?? 0))
    const next = Math.min(...found.flatMap((one) => one.later))
    return { now, due: due.slice(0, MOST_DUE), ...(next < Infinity && { next: next - now }) }
  }

  async tick(change: ScheduleChange): Promise<'ticked' | 'other'> {
    const { queue, id, former, version, next, state, items } = change
    const isThere = (row: Row) => row.id === id && row.version === former
    // Of many clients that try nearly all find that another was first, and need not write anything.
    if (!(await this.#read(queue)).some(isThere)) return 'other'
    const began = performance.now()
    const outgoing = items.length > 0 ? [await this.#writeDown(items)] : []
    let old: Row | undefined
    const isOurs = await this.#change(queue, (rows) => {
      old = rows.find(isThere)
      if (!old) return undefined
      const moved = { ...old, version, next, state, outgoing: [...(old.outgoing ?? []), ...outgoing] }
      return [...without(rows, id), moved]
    })
    if (!old || !isOurs) {
      await this.#forget(keysOf(outgoing))
      return 'other'
    }
    const [tasks] = outgoing
    // A client that stood still for that long must assume that others push them.
    if (!tasks || performance.now() - began > 500 * PATIENCE) return 'ticked'
    try {
      await this.#pushMany(queue, items)
    } catch (error) {
      // What the queue refuses counts as never pushed; what may have arrived is pushed again later.
      if (!isPassing(error)) await this.#undo(queue, { ...change, former: old }, tasks)
      throw error
    }
    await this.#strikeOff(queue, tasks)
    return 'ticked'
  }

  async announce({ queues }: WorkerInfo): Promise<number | undefined> {
    const rows = (await Promise.all([...new Set(queues)].map((queue) => this.#read(queue)))).flat()
    const next = Math.min(...rows.flatMap(timesOf))
    return next < Infinity ? Math.max(0, next - (await this.#state.now())) : undefined
  }

  onPut(listener: (queue: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Pushes what others were to push, and did not for whatever reason. */
  async #heal(queue: string, now: number): Promise<void> {
    const left = (await this.#read(queue)).flatMap(({ outgoing = [] }) => outgoing)
    for (const tasks of left.filter(({ until }) => until <= now)) {
      const mine = { ...tasks, until: now + PATIENCE }
      if (!(await this.#replace(queue, tasks, [mine]))) continue
      const kept = await Promise.all(tasks.keys.map((key) => this.#state.get(key)))
      const items = kept.flatMap((text) => (text === undefined ? [] : [unpackItem(text)]))
      try {
        await this.#pushMany(queue, items)
        await this.#strikeOff(queue, mine)
      } catch (error) {
        // What the queue refuses holds up nothing else. It is pushed again, and each new tick reports why it failed.
        if (isPassing(error)) throw error
      }
    }
  }

  /** One key for each, since all of them together may be more than a value can be. */
  async #writeDown(items: readonly PushItem[]): Promise<Outgoing> {
    const keys = items.map(newKey)
    await Promise.all(items.map((item, at) => this.#state.put(keys[at] ?? '', packItem(item))))
    return { keys, until: (await this.#state.now()) + PATIENCE }
  }

  async #strikeOff(queue: string, tasks: Outgoing): Promise<void> {
    await this.#replace(queue, tasks, [])
    await this.#forget(tasks.keys)
  }

  async #undo(
    queue: string,
    { id, version, former }: { readonly id: string; readonly version: string; readonly former: Row },
    tasks: Outgoing,
  ): Promise<void> {
    await this.#change(queue, (rows) =>
      rows.map((row) => {
        if (row.id !== id) return row
        const outgoing = row.outgoing?.filter((one) => !isSame(one, tasks))
        return row.version === version ? { ...former, outgoing } : { ...row, outgoing }
      }),
    )
    await this.#forget(tasks.keys)
  }

  /** Puts others in the place of what is outgoing. `false`: somebody else has it. */
  #replace(queue: string, tasks: Outgoing, others: readonly Outgoing[]): Promise<boolean> {
    return this.#change(queue, (rows) => {
      if (!rows.some(({ outgoing }) => outgoing?.some((one) => isSame(one, tasks)))) return undefined
      return rows.map((row) => ({
        ...row,
        outgoing: row.outgoing?.flatMap((one) => (isSame(one, tasks) ? others : [one])),
      }))
    })
  }

  /** Changes the list of a queue, and again while somebody else is faster. `false`: there was nothing to change. */
  async #change(queue: string, make: (rows: readonly Row[]) => readonly Row[] | undefined): Promise<boolean> {
    const key = listOf(queue)
    for (;;) {
      const text = await this.#state.get(key)
      const made = make(readRows(text, queue))
      if (!made) return false
      const isDone =
        made.length > 0 || text === undefined
          ? await this.#state.put(key, JSON.stringify(made), { ifValue: text ?? null })
          : await this.#state.delete(key, text)
      if (isDone) return true
    }
  }

  /** Schedules with their payloads. What the state store has lost is shown as what cannot be read. */
  async #whole(queue: string, isWanted: (row: Row) => boolean): Promise<StoredSchedule[]> {
    for (let lost = new Set<string>(); ;) {
      const rows = (await this.#read(queue)).filter(isWanted)
      const payloads = await Promise.all(rows.map(({ data }) => this.#state.get(data)))
      const absent = rows.filter((_, at) => payloads[at] === undefined).map(({ data }) => data)
      // What was changed meanwhile has another key by now.
      if (absent.every((key) => lost.has(key)))
        return rows.map(({ id, version, next, state }, at) => {
          return { queue, id, version, next, state, data: unpackPayload(payloads[at] ?? NO_PAYLOAD) }
        })
      lost = new Set(absent)
    }
  }

  async #read(queue: string): Promise<readonly Row[]> {
    return readRows(await this.#state.get(listOf(queue)), queue)
  }

  async #forget(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#state.delete(key)))
  }
}

/** The payload as it is behind the rest: within JSON it might become too long for a value. */
function packItem({ data, ...rest }: PushItem): string {
  return `${JSON.stringify(rest)}\n${packPayload(data)}`
}

function unpackItem(text: string): PushItem {
  const end = text.indexOf('\n')
  const rest = JSON.parse(text.slice(0, end)) as Omit<PushItem, 'data'>
  return { ...rest, data: unpackPayload(text.slice(end + 1)) }
}

/** @throws InvalidPayloadError where somebody else has written. */
function readRows(text: string | undefined, queue: string): readonly Row[] {
  if (text === undefined) return []
  try {
    const rows: unknown = JSON.parse(text)
    if (Array.isArray(rows)) return rows as Row[]
    throw new TypeError('it is no list')
  } catch (cause) {
    throw new InvalidPayloadError(`the state store has no list of schedules under "${listOf(queue)}"`, cause)
  }
}

function without(rows: readonly Row[], id: string): Row[] {
  return rows.filter((row) => row.id !== id)
}

/** When there is something to do about a schedule. */
function timesOf({ next, outgoing = [] }: Row): number[] {
  const times = outgoing.map(({ until }) => until)
  return next === undefined ? times : [next, ...times]
}

function isSame(one: Outgoing, other: Outgoing): boolean {
  return one.keys[0] === other.keys[0] && one.until === other.until
}

function keysOf(outgoing: readonly Outgoing[] = []): string[] {
  return outgoing.flatMap(({ keys }) => keys)
}

function listOf(queue: string): string {
  return `schedules:${queue}`
}

/** One that nobody else uses. */
function newKey(): string {
  return `schedule:${randomUUID()}`
}
