import { cancelTask } from '../backend/cancel-task.js'
import type { Client } from '../backend/client.js'
import type { StoredState, StoredTask } from '../backend/contract.js'
import { need } from '../backend/need.js'
import type { Awaitable } from '../base/awaitable.js'
import type { Gator } from '../gator/gator.js'
import { type TaskFilter, createFilter } from './filter.js'
import { pagesOf } from './pages.js'

// Many tasks at once, a page at a time: whatever their number, neither this process nor the store holds more of them in hand.

/** Tasks on one page: few enough that a signal is heeded soon, and that no store is busy with one call for long. */
const PAGE = 500

/** Which tasks are to be changed. */
export interface TasksChosen {
  readonly queues: readonly string[]
  readonly states: readonly StoredState[]
  /** (Default: all of them) */
  readonly filter?: TaskFilter
}

/** How a step over many tasks is reported, and ended. */
export interface StepOptions {
  /** Ends it between two pages: what is done is done, and to begin again goes on. */
  readonly signal?: AbortSignal
  /** Called after each page with the number of tasks that were counted or changed so far. */
  readonly onProgress?: (done: number) => void
}

/** The tasks of one queue in one state. */
export interface CountedTasks {
  readonly queue: string
  readonly state: StoredState
  /** How many are meant. */
  readonly matching: number
  /** How many there were. */
  readonly seen: number
}

/** What was counted: the tasks of each queue and state that has any which are meant. */
export interface Census {
  readonly chosen: TasksChosen
  readonly groups: readonly CountedTasks[]
  /** How many are meant in all. */
  readonly matching: number
}

/**
 * Counts the tasks that are meant, and changes none.
 *
 * @throws NotSupportedError where the store cannot list tasks.
 *
 * @example
 * ```ts
 * const census = await countTasks(gator, { queues: ['mail'], states: ['dead'], filter: { error: 'TIMEOUT' } })
 * ```
 */
export async function countTasks(
  gator: Gator,
  chosen: TasksChosen,
  { signal, onProgress }: StepOptions = {},
): Promise<Census> {
  if (meansAll(chosen)) return countAll(gator.backend, chosen)
  const listing = need(gator.backend, 'listing', 'work on tasks by a filter')
  const isMeant = createFilter(gator, chosen.filter ?? {})
  const groups: CountedTasks[] = []
  let done = 0
  for (const { queue, state } of placesOf(chosen)) {
    let [matching, seen] = [0, 0]
    for await (const tasks of pagesOf(listing, { queue, state }, PAGE)) {
      signal?.throwIfAborted()
      matching += (await meant(queue, tasks, isMeant)).length
      seen += tasks.length
      onProgress?.((done += tasks.length))
    }
    if (matching > 0) groups.push({ queue, state, matching, seen })
  }
  return censusOf(chosen, groups)
}

function censusOf(chosen: TasksChosen, groups: readonly CountedTasks[]): Census {
  return { chosen, groups, matching: groups.reduce((sum, group) => sum + group.matching, 0) }
}

function meansAll({ filter = {} }: TasksChosen): boolean {
  return Object.values(filter).every((value) => value === undefined)
}

async function countAll(backend: Client, chosen: TasksChosen): Promise<Census> {
  const groups: CountedTasks[] = []
  for (const { queue, state } of placesOf(chosen)) {
    const count = (await backend.counts(queue))[state]
    // Where counts are estimates, 0 may be some.
    if (count > 0 || !backend.exactCounts) groups.push({ queue, state, matching: count, seen: count })
  }
  return censusOf(chosen, groups)
}

/**
 * Puts dead letters that were counted back to work, and gives how many. Those that somebody else has put back or removed
 * meanwhile are left out; no more are taken than were counted, so that it ends whatever dies meanwhile.
 *
 * @throws NotSupportedError
 */
export async function retryTasks(gator: Gator, census: Census, options: StepOptions = {}): Promise<number> {
  const deadLetters = need(gator.backend, 'deadLetters', 'retry of dead letters')
  if (!gator.backend.listing && meansAll(census.chosen)) {
    let retried = 0
    for (const { queue } of census.groups)
      if (!options.signal?.aborted) retried += await deadLetters.kick(queue)
    return retried
  }
  return changeTasks(gator, census, options, (queue, ids) => deadLetters.kick(queue, ids))
}

/**
 * Takes tasks that were counted off their queues for good, and gives how many. Those that have ended meanwhile are left out, and so is what
 * runs by now but was not meant to be taken from its worker.
 *
 * @throws NotSupportedError
 */
export function cancelTasks(gator: Gator, census: Census, options?: StepOptions): Promise<number> {
  const { backend } = gator
  const cancel = census.chosen.states.includes('running') ? cancelWhatever : cancelUnlessRunning
  return changeTasks(gator, census, options, async (queue, ids) => {
    const canceled = await Promise.all(ids.map((id) => cancel(backend, queue, id)))
    return canceled.filter(Boolean).length
  })
}

/**
 * Makes delayed tasks that were counted due now, and gives how many. Those that are delayed no longer are left out.
 *
 * @throws NotSupportedError
 */
export function expediteTasks(gator: Gator, census: Census, options?: StepOptions): Promise<number> {
  const expediting = need(gator.backend, 'expediting', 'tasks made due')
  return changeTasks(gator, census, options, async (queue, ids) => {
    // One after the other, so that they keep their order.
    let expedited = 0
    for (const id of ids) if (await expediting.expedite(queue, id)) expedited += 1
    return expedited
  })
}

async function cancelWhatever(backend: Client, queue: string, id: string): Promise<boolean> {
  return (await cancelTask(backend, queue, id, 'cancel of tasks')) !== undefined
}

async function cancelUnlessRunning(backend: Client, queue: string, id: string): Promise<boolean> {
  return (await need(backend, 'byId', 'cancel of tasks').remove(queue, id)) !== undefined
}

/**
 * Goes through the pages again. What was looked at stays behind, also where tasks of a page are gone by the next one; what joins
 * the end of a list after it was counted is as a rule not reached.
 */
async function changeTasks(
  gator: Gator,
  { chosen, groups }: Census,
  { signal, onProgress }: StepOptions = {},
  change: (queue: string, ids: readonly string[]) => Awaitable<number>,
): Promise<number> {
  const listing = need(gator.backend, 'listing', 'work on tasks by a filter')
  const isMeant = createFilter(gator, chosen.filter ?? {})
  let changed = 0
  for (const { queue, state, matching, seen } of groups) {
    let [left, unseen] = [matching, seen]
    for await (const tasks of pagesOf(listing, { queue, state }, PAGE)) {
      if (signal?.aborted) return changed
      const found = (await meant(queue, tasks, isMeant)).slice(0, left)
      if (found.length > 0) changed += await change(queue, found)
      onProgress?.(changed)
      left -= found.length
      unseen -= tasks.length
      if (left <= 0 || unseen <= 0) break
    }
  }
  return changed
}

/** The ids of those that are meant. */
async function meant(
  queue: string,
  tasks: readonly StoredTask[],
  isMeant: ReturnType<typeof createFilter>,
): Promise<string[]> {
  const answers = await Promise.all(tasks.map((task) => isMeant(queue, task)))
  return tasks.filter((_, at) => answers[at]).map(({ taskId }) => taskId)
}

/** What is delayed first: it may fall due, and is then found among what waits. */
const ORDER: readonly StoredState[] = ['running', 'delayed', 'waiting', 'dead']

function placesOf({ queues, states }: TasksChosen): { queue: string; state: StoredState }[] {
  return queues.flatMap((queue) =>
    ORDER.filter((state) => states.includes(state)).map((state) => ({ queue, state })),
  )
}
