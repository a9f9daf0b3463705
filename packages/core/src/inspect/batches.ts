import type { BatchEnd, BatchState, ListedBatch, StoredState } from '../backend/contract.js'
import { cancelTask } from '../backend/cancel-task.js'
import { MOST_MEMBERS } from '../backend/facets.js'
import { need } from '../backend/need.js'
import type { Gator } from '../gator/gator.js'
import type { Stepped } from './search.js'
import { type TaskView, viewTask } from './task-view.js'

/** What is run when a batch ends. */
export interface CallbackView {
  readonly end: BatchEnd
  readonly task: TaskView
}

/** One batch, and what it waits for. */
export interface BatchView {
  readonly batchId: string
  readonly queue: string
  readonly batch: BatchState
  /** Those that are there: not what has run, or was removed as the batch came to another end. */
  readonly callbacks: readonly CallbackView[]
  /** Members that have not ended: so many of each state, of those that were looked at. */
  readonly members: Readonly<Partial<Record<StoredState, number>>>
  /** How many members were looked at, batches left out. */
  readonly seen: number
  /** Some of them: what runs first. */
  readonly some: readonly TaskView[]
  /** Batches within it that have not ended. */
  readonly batches: readonly ListedBatch[]
}

/** How far to look. */
export interface BatchOptions {
  /** Members and batches within it that are shown one by one. (Default: 20) */
  readonly most?: number
}

const MOST_SHOWN = 20
const ENDS: readonly BatchEnd[] = ['success', 'failure', 'done']
/** What is worked on comes first. */
const ORDER: readonly StoredState[] = ['running', 'waiting', 'delayed', 'dead']

/**
 * Looks at a batch: how far it is, what it ends with, and what it waits for. `undefined`: there is none, or it ended long ago.
 *
 * @throws NotSupportedError where the store has no batches.
 *
 * @example
 * ```ts
 * const { members = {} } = (await readBatch(gator, 'all', batch.id)) ?? {}
 * ```
 */
export async function readBatch(
  gator: Gator,
  queue: string,
  batchId: string,
  { most = MOST_SHOWN }: BatchOptions = {},
): Promise<BatchView | undefined> {
  const batches = need(gator.backend, 'batches', 'a look at a batch')
  const batch = await batches.find(queue, batchId)
  if (!batch) return undefined
  const { taskIds, batchIds } =
    batch.pending > 0 ? await batches.members(queue, batchId) : { taskIds: [], batchIds: [] }
  const states = (await gator.backend.listing?.find(queue, taskIds)) ?? new Map<string, StoredState>()
  const members: Partial<Record<StoredState, number>> = {}
  // As they were made, where their ids tell.
  const there = [...taskIds].sort().flatMap((taskId) => {
    const state = states.get(taskId)
    return state ? [{ taskId, state }] : []
  })
  for (const { state } of there) members[state] = (members[state] ?? 0) + 1
  const first = ORDER.flatMap((state) => there.filter((member) => member.state === state)).slice(0, most)
  return {
    ...{ batchId, queue, batch, members },
    callbacks: await callbacksOf(gator, queue, batchId),
    seen: there.length,
    some: await viewAll(
      gator,
      queue,
      first.map(({ taskId }) => taskId),
    ),
    batches: await findAll(gator, queue, batchIds.slice(0, most)),
  }
}

async function callbacksOf(gator: Gator, queue: string, batchId: string): Promise<CallbackView[]> {
  const found = await Promise.all(
    ENDS.map(async (end) => {
      const [task] = await viewAll(gator, queue, [`${batchId}:${end}`])
      return task ? [{ end, task }] : []
    }),
  )
  return found.flat()
}

async function viewAll(gator: Gator, queue: string, taskIds: readonly string[]): Promise<TaskView[]> {
  const { listing } = gator.backend
  const found = await Promise.all(taskIds.map((taskId) => listing?.get(queue, taskId)))
  const there = found.filter((task) => task !== undefined)
  return Promise.all(there.map((task) => viewTask(gator, queue, task)))
}

async function findAll(gator: Gator, queue: string, batchIds: readonly string[]): Promise<ListedBatch[]> {
  const found = await Promise.all(
    batchIds.map(async (batchId) => ({ batchId, batch: await gator.backend.batches?.find(queue, batchId) })),
  )
  return found.flatMap(({ batchId, batch }) => (batch ? [{ batchId, ...batch }] : []))
}

/** How far to go. */
export interface CancelOptions {
  /** Ends it once so many members were looked at. (Default: 1,000) */
  readonly most?: number
  /** Ends it between two looks at the members. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Cancels a batch, a part of it: it takes no more members at once, and as many of those that it has are taken off as there is time
 * for. While there are others, `next` is there: to call it again goes on.
 *
 * @throws NotSupportedError
 *
 * @example
 * ```ts
 * while ((await cancelBatchPart(gator, 'all', batch.id)).next !== undefined) continue
 * ```
 */
export async function cancelBatchPart(
  gator: Gator,
  queue: string,
  batchId: string,
  { most = MOST_MEMBERS, signal }: CancelOptions = {},
): Promise<Stepped> {
  const batches = need(gator.backend, 'batches', 'gator.cancelBatch')
  const open = [batchId]
  let [changed, seen] = [0, 0]
  for (let id = open.at(-1); id !== undefined; id = open.at(-1)) {
    await batches.close(queue, id, 'canceled')
    const { taskIds, batchIds } = await batches.members(queue, id)
    const canceled = await Promise.all(
      taskIds.map((taskId) => cancelTask(gator.backend, queue, taskId, 'gator.cancelBatch')),
    )
    changed += canceled.filter((one) => one !== undefined).length
    seen += taskIds.length
    if (taskIds.length === 0) {
      if (batchIds.length === 0) open.pop()
      open.push(...batchIds)
    }
    const isEnough = seen >= most || (signal?.aborted ?? false)
    if (isEnough && open.length > 0) return { changed, seen, next: batchId }
  }
  return { changed, seen }
}
