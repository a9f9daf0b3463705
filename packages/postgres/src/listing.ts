import type {
  Counts,
  Listing as ListingFacet,
  Page,
  PageRequest,
  Priorities,
  Priority,
  StoredState,
  StoredTask,
} from '@alligator/core'
import { PRIORITIES, checkCursor } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { inParts } from './deliveries.js'
import { type ListedRow, STATES, TIME, packId, packText, unpackTask, unpackText } from './stored.js'

/** Tasks on one page unless told otherwise, and at most. */
const PAGE_LIMIT = 100
const MOST_ON_PAGE = 1000
/** The last task of a page: when it is due, where that is the order, and its place in the line. */
const CURSORS = { line: /^()(\d{1,18})$/, time: new RegExp(`^(${TIME})@(\\d{1,18})$`) } as const

/** What can be seen of the queues, without touching anything. */
export class Listing implements ListingFacet, Pick<Priorities, 'waiting'> {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async counts(queue: string): Promise<Counts> {
    const { counts } = this.#connection.statements
    const [[waiting, delayed, running, dead] = [0, 0, 0, 0]] = await this.#connection.look<
      [number, number, number, number]
    >(counts, () => [packText(queue, 'queue')])
    return { waiting, delayed, running, dead }
  }

  /** How many tasks wait at each level; what fell due a moment ago is counted when somebody takes something. */
  async waiting(queue: string): Promise<Partial<Record<Priority, number>>> {
    const { levels } = this.#connection.statements
    const rows = await this.#connection.look<[number, number]>(levels, () => [packText(queue, 'queue')])
    const counts = new Map(rows)
    const each = PRIORITIES.map((priority, at) => [priority, counts.get(at + 1) ?? 0] as const)
    return Object.fromEntries(each.filter(([, count]) => count > 0))
  }

  async queues(): Promise<string[]> {
    const rows = await this.#connection.look<[string]>(this.#connection.statements.queues, () => [])
    return rows.map(([name]) => unpackText(name)).sort()
  }

  async list(
    queue: string,
    state: StoredState,
    { limit = PAGE_LIMIT, after }: PageRequest = {},
  ): Promise<Page> {
    const size = Math.min(limit, MOST_ON_PAGE)
    const isByTime = state === 'delayed'
    const [time = '-infinity', seq = '0'] =
      after === undefined ? [] : checkCursor(after, CURSORS[isByTime ? 'time' : 'line'])
    const values = [packText(queue, 'queue'), seq, size + 1, ...(isByTime ? [time] : [])]
    const rows = await this.#connection.look<ListedRow>(this.#connection.statements.list[state], () => values)
    const tasks = rows.slice(0, size).map((row) => unpackTask(state, row))
    const last = rows.length > size ? rows[size - 1] : undefined
    return last ? { tasks, next: last[4] } : { tasks }
  }

  async get(queue: string, taskId: string): Promise<StoredTask | undefined> {
    const values = [packText(queue, 'queue'), packId(taskId).id]
    const [row] = await this.#connection.look<readonly [...row: ListedRow, state: number]>(
      this.#connection.statements.get,
      () => values,
    )
    const state = row && stateOf(row[9])
    return row && state && unpackTask(state, row as unknown as ListedRow)
  }

  async find(queue: string, taskIds: readonly string[]): Promise<Map<string, StoredState>> {
    const asked = new Map(taskIds.map((taskId) => [packId(taskId).id, taskId]))
    const found = new Map<string, StoredState>()
    for (const ids of inParts([...asked.keys()])) {
      const rows = await this.#connection.look<[string, number]>(this.#connection.statements.find, () => [
        packText(queue, 'queue'),
        ids,
      ])
      for (const [id, number] of rows) {
        const [taskId, state] = [asked.get(id), stateOf(number)]
        if (taskId !== undefined && state) found.set(taskId, state)
      }
    }
    return found
  }

  async removed(queue: string, taskIds: readonly string[]): Promise<Set<string>> {
    const asked = new Map(taskIds.map((taskId) => [packId(taskId).id, taskId]))
    const removed = new Set<string>()
    for (const ids of inParts([...asked.keys()])) {
      const values = [packText(queue, 'queue'), ids]
      for (const [id] of await this.#connection.look<[string]>(
        this.#connection.statements.removed,
        () => values,
      )) {
        const taskId = asked.get(id)
        if (taskId !== undefined) removed.add(taskId)
      }
    }
    return removed
  }
}

function stateOf(number: number): StoredState | undefined {
  const [state] = Object.entries(STATES).find(([, each]) => each === number) ?? []
  return state as StoredState | undefined
}
