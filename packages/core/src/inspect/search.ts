import { cancelTask } from '../backend/cancel-task.js'
import type { StoredState, StoredTask } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { Gator } from '../gator/gator.js'
import { type TaskFilter, createFilter } from './filter.js'
import { type TaskView, viewTask } from './task-view.js'

// A part of a long list at a time, for who cannot wait for all of it: a page in a browser. What is not reached is begun at by the next call.

/** Where to look. */
export interface SearchPlace {
  readonly queue: string
  readonly state: StoredState
  readonly filter?: TaskFilter
  /** The `next` of the part before. (Default: from the start) */
  readonly after?: string | undefined
}

/** How far to look. */
export interface SearchOptions {
  /** Ends the search once this number was found. (Default: 50) */
  readonly limit?: number
  /** Ends the search once this number was looked at. (Default: 2,000) */
  readonly most?: number
  /** Ends it between two pages. */
  readonly signal?: AbortSignal | undefined
}

/** A part of what was looked for. */
export interface Found {
  readonly tasks: readonly TaskView[]
  /** How many were looked at. */
  readonly seen: number
  /** Where to go on; absent where that was all. */
  readonly next?: string
}

/** A part of what was to be changed. */
export interface Stepped extends Omit<Found, 'tasks'> {
  readonly changed: number
}

const FOUND = 50
const MOST_LOOKED_AT = 2000

/**
 * Looks for tasks of a queue in one state, oldest first, and gives a part of them.
 *
 * @throws NotSupportedError where the store cannot list tasks.
 *
 * @example
 * ```ts
 * const { tasks, next } = await searchTasks(gator, { queue: 'mail', state: 'dead', filter: { error: 'TIMEOUT' } })
 * ```
 */
export async function searchTasks(
  gator: Gator,
  place: SearchPlace,
  { limit = FOUND, most = MOST_LOOKED_AT, signal }: SearchOptions = {},
): Promise<Found> {
  const isMeant = createFilter(gator, place.filter ?? {})
  const tasks: TaskView[] = []
  for await (const part of partsOf(gator, place, { limit, most, signal })) {
    for (const stored of part.tasks)
      if (await isMeant(place.queue, stored)) tasks.push(await viewTask(gator, place.queue, stored))
    if (part.isLast || tasks.length >= limit) return { tasks, seen: part.seen, ...part.rest }
  }
  return { tasks, seen: 0 }
}

/** What {@link changeFound} can do to the tasks that it finds. */
export type Change = 'retry' | 'cancel' | 'expedite'

/**
 * Changes tasks of a queue in one state, a part of them: `retry` puts dead letters back to work, `cancel` takes what does not run off
 * for good, `expedite` makes what is delayed due.
 *
 * @throws NotSupportedError
 *
 * @example
 * ```ts
 * const place = { queue: 'mail', state: 'dead', filter: { error: 'TIMEOUT' } } as const
 * let { next } = await changeFound(gator, 'retry', place)
 * while (next !== undefined) ({ next } = await changeFound(gator, 'retry', { ...place, after: next }))
 * ```
 */
export async function changeFound(
  gator: Gator,
  change: Change,
  place: SearchPlace,
  { most = MOST_LOOKED_AT, signal }: Omit<SearchOptions, 'limit'> = {},
): Promise<Stepped> {
  const isMeant = createFilter(gator, place.filter ?? {})
  let changed = 0
  for await (const part of partsOf(gator, place, { limit: most, most, signal })) {
    const ids: string[] = []
    for (const stored of part.tasks) if (await isMeant(place.queue, stored)) ids.push(stored.taskId)
    if (ids.length > 0) changed += await changeById(gator, change, place.queue, ids)
    if (part.isLast) return { changed, seen: part.seen, ...part.rest }
  }
  return { changed, seen: 0 }
}

/**
 * Changes tasks by their ids, and gives how many there were to be changed: a task that is in another state by now is left alone. What runs
 * is canceled only with `evenRunning`.
 *
 * @throws NotSupportedError; InvalidOptionError for what is no id.
 */
export async function changeById(
  { backend }: Gator,
  change: Change,
  queue: string,
  ids: readonly string[],
  { evenRunning = false }: { readonly evenRunning?: boolean } = {},
): Promise<number> {
  if (change === 'retry') return need(backend, 'deadLetters', 'retry of dead letters').kick(queue, ids)
  let changed = 0
  for (const id of ids) {
    if (change === 'expedite')
      changed += Number(await need(backend, 'expediting', 'tasks made due').expedite(queue, id))
    else if (evenRunning)
      changed += Number((await cancelTask(backend, queue, id, 'cancel of tasks')) !== undefined)
    else changed += Number((await need(backend, 'byId', 'cancel of tasks').remove(queue, id)) !== undefined)
  }
  return changed
}

interface Part {
  readonly tasks: readonly StoredTask[]
  readonly seen: number
  readonly isLast: boolean
  readonly rest: { readonly next?: string }
}

/** Few enough that large payloads do not fill the memory, and that a signal is heeded soon. */
const PAGE = 100

async function* partsOf(
  gator: Gator,
  { queue, state, after, filter }: SearchPlace,
  { limit, most, signal }: SearchOptions & { readonly limit: number; readonly most: number },
): AsyncGenerator<Part> {
  const listing = need(gator.backend, 'listing', 'a list of tasks')
  const isAll = Object.values(filter ?? {}).every((value) => value === undefined)
  const size = isAll ? Math.min(limit, PAGE) : PAGE
  let seen = 0
  for (let from = after; ;) {
    const { tasks, next } = await listing.list(queue, state, { limit: size, after: from })
    seen += tasks.length
    const isLast = next === undefined || seen >= most || (signal?.aborted ?? false)
    yield { tasks, seen, isLast, rest: next === undefined ? {} : { next } }
    if (isLast) return
    from = next
  }
}
