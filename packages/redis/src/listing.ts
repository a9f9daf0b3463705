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
import { PRIORITIES, checkCursor, priorityAt, readDeathReason } from '@alligator/core/backend'
import type { Connection } from './connection.js'
import { queueOf, tasksPattern } from './keys.js'
import { COUNTS, COUNT_LEVELS, FIND, GET, LIST, REMOVED } from './scripts/look.js'
import { PARKED } from './scripts/ties.js'
import { packId, timeIn, unpackData, unpackId } from './stored.js'

/** Tasks on one page unless told otherwise, and at most. */
const PAGE_LIMIT = 100
const MOST_ON_PAGE = 1000
/** The task that the next page begins at: the part of the list, its score or its place there, and its id. */
const NEXT =
  /^(lapsed|above|line|due|below|later|held|dead):(-?\d{1,20}(?:\.\d{1,20})?(?:e\+?\d{1,3})?):(.+)$/s

type ListReply = [
  ids: Buffer[],
  rows: (Buffer | null)[],
  scores: Buffer[],
  reasons: (Buffer | null)[],
  marks: number[],
  ...last: Buffer[],
]

/** What can be seen of the queues, without touching anything. */
export class Listing implements ListingFacet, Pick<Priorities, 'waiting'> {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async counts(queue: string): Promise<Counts> {
    const call = { queues: [this.#connection.keys.of(queue)], args: {} }
    const [first = 0, second = 0, third = 0, fourth = 0] = (await this.#connection.run(
      COUNTS,
      () => call,
    )) as number[]
    return { waiting: first, delayed: second, running: third, dead: fourth }
  }

  /** How many tasks wait at each level. */
  async waiting(queue: string): Promise<Partial<Record<Priority, number>>> {
    const call = { queues: [this.#connection.keys.of(queue)], args: {} }
    const counts = (await this.#connection.run(COUNT_LEVELS, () => call)) as number[]
    const levels = PRIORITIES.map((priority, at) => [priority, counts[at] ?? 0] as const)
    return Object.fromEntries(levels.filter(([, count]) => count > 0))
  }

  async get(queue: string, taskId: string): Promise<StoredTask | undefined> {
    const call = { queues: [this.#connection.keys.of(queue)], args: { id: packId(taskId) } }
    const reply = (await this.#connection.run(GET, () => call)) as [...texts: Buffer[], mark: number] | []
    const [state, data, score, reason, mark] = reply as [Buffer?, Buffer?, Buffer?, Buffer?, number?]
    if (!state || !data) return undefined
    return unpackTask(state.toString() as StoredState, packId(taskId), data, {
      score: score?.toString(),
      reason: reason?.toString() || undefined,
      mark,
    })
  }

  async find(queue: string, taskIds: readonly string[]): Promise<Map<string, StoredState>> {
    const found = new Map<string, StoredState>()
    await this.#askOf(queue, taskIds, FIND, (some, states: Buffer[]) => {
      for (const [place, taskId] of some.entries()) {
        const state = states[place]?.toString()
        if (state) found.set(taskId, state as StoredState)
      }
    })
    return found
  }

  async removed(queue: string, taskIds: readonly string[]): Promise<Set<string>> {
    const removed = new Set<string>()
    await this.#askOf(queue, taskIds, REMOVED, (some, places: number[]) => {
      for (const place of places) {
        const taskId = some[place]
        if (taskId !== undefined) removed.add(taskId)
      }
    })
    return removed
  }

  /** Asks about ids, some at a time, and hands each reply on. */
  async #askOf<R>(
    queue: string,
    taskIds: readonly string[],
    script: typeof FIND | typeof REMOVED,
    read: (some: readonly string[], reply: R) => void,
  ): Promise<void> {
    for (let at = 0; at < taskIds.length; at += MOST_ON_PAGE) {
      const some = taskIds.slice(at, at + MOST_ON_PAGE)
      const call = { queues: [this.#connection.keys.of(queue)], args: {}, rest: some.map(packId) }
      read(some, (await this.#connection.run(script, () => call)) as R)
    }
  }

  async list(
    queue: string,
    state: StoredState,
    { limit = PAGE_LIMIT, after }: PageRequest = {},
  ): Promise<Page> {
    const size = Math.min(limit, MOST_ON_PAGE)
    const [part = '', score = '', id = ''] = after === undefined ? [] : checkCursor(after, NEXT)
    const args = { state, part, score, id, most: size + 1 }
    const call = { queues: [this.#connection.keys.of(queue)], args }
    const reply = (await this.#connection.run(LIST, () => call)) as ListReply
    const [ids, , , , , ...last] = reply
    const tasks = ids.slice(0, size).map((_, at) => unpackRow(state, reply, at))
    return ids.length > size ? { tasks, next: last.map(String).join(':') } : { tasks }
  }

  /** Looks through the names of all keys, a part at a time; there is no list of queues that could be out of step. */
  async queues(): Promise<string[]> {
    const { prefix } = this.#connection.settings
    const keyPrefix = this.#connection.keyPrefix
    const keys = await this.#connection.scan(tasksPattern(keyPrefix + prefix))
    return [...new Set(keys)].map((key) => queueOf(prefix, key.slice(keyPrefix.length))).sort()
  }
}

function unpackRow(
  state: StoredState,
  [ids, rows, scores, reasons, marks]: ListReply,
  at: number,
): StoredTask {
  const about = { score: scores[at]?.toString(), reason: reasons[at]?.toString(), mark: marks[at] }
  return unpackTask(state, ids[at]?.toString() ?? '', rows[at] ?? Buffer.alloc(0), about)
}

/** `id`: as it is stored. */
function unpackTask(
  state: StoredState,
  id: string,
  data: Buffer,
  {
    score,
    reason,
    mark = 0,
  }: {
    readonly score?: string | undefined
    readonly reason?: string | undefined
    readonly mark?: number | undefined
  },
): StoredTask {
  const isTimed = state === 'running' || (state === 'delayed' && Number(score) < PARKED)
  const taskId = unpackId(id)
  return {
    taskId,
    state,
    data: unpackData(data, taskId),
    // A fraction of a millisecond tells the order among those that are due in it.
    until: isTimed ? Math.floor(Number(score)) / 1000 : undefined,
    enqueuedAt: timeIn(data),
    reason: reason ? readDeathReason(reason) : undefined,
    priority: priorityAt(mark - 1),
  }
}
