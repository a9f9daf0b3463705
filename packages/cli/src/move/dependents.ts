import {
  type Client,
  type DeathReason,
  DependencyFailedError,
  type Gator,
  type Payload,
  peekTask,
} from '@alligator/core'
import type { Journey } from './journey.js'

interface Item {
  readonly taskId: string
  readonly data: Payload
}

/** What is to become of tasks. */
export interface Sorted<T> {
  /** They may go to the target now. */
  readonly ready: readonly T[]
  /** They will never run, since what they depend on has left the source without success, and why that is. */
  readonly doomed: ReadonlyMap<T, DeathReason>
}

/**
 * Tells what is to become of tasks. A worker of the target takes a task that is not in its store for one that is done: so a task that
 * waits for others must not get there before they do, whatever state they are in, and not at all where only the source knows that one
 * was canceled. What nobody can read here might wait for others, too.
 */
export async function sortOut<T extends Item>(
  journey: Journey,
  queue: string,
  items: readonly T[],
): Promise<Sorted<T>> {
  const waits = new Map<T, readonly string[]>()
  for (const item of items) {
    const ids = await dependenciesOf(journey.source, queue, item.data)
    if (ids === undefined) journey.refuse({ queue, taskId: item.taskId, message: UNREADABLE })
    else if (isMember(item.data)) journey.refuse({ queue, taskId: item.taskId, message: IS_MEMBER })
    else if (ids.length > 0 && !canDepend(journey))
      journey.refuse({ queue, taskId: item.taskId, message: CANNOT_DEPEND })
    else waits.set(item, ids)
  }
  const all = [...new Set([...waits.values()].flat())]
  const here = await find(journey.from, queue, all)
  const removed = await removedFrom(
    journey,
    queue,
    all.filter((id) => !here.has(id)),
  )
  const ready: T[] = []
  const doomed = new Map<T, DeathReason>()
  for (const [item, ids] of waits) {
    const lost = ids.find((id) => removed.has(id))
    const isHeld = lost === undefined && ids.some((id) => here.has(id))
    journey.heldBack.set(queue, item.taskId, isHeld)
    if (lost !== undefined) doomed.set(item, reasonFor(lost, journey.clock.now()))
    else if (!isHeld) ready.push(item)
  }
  return { ready, doomed }
}

function reasonFor(dependency: string, at: number): DeathReason {
  const { code, message } = DependencyFailedError.removed(dependency)
  return { code, message, at, worker: '', attempt: 0 }
}

const UNREADABLE =
  'nobody knows whether it waits for others, since it cannot be read here; set ALLIGATOR_SECRET if it is encrypted, ' +
  'or name a module that exports the gator which reads it'
const CANNOT_DEPEND = 'it waits for others, and the target cannot tell when they are done'

const IS_MEMBER =
  'it is a member of a batch, which cannot be moved: let the workers of the source finish it, or cancel the batch'

/** Of a payload in a format of its own, which only the app can read, it is not known; the store refuses nothing then. */
function isMember(data: Payload): boolean {
  try {
    return typeof peekTask(data).options?.batch === 'string'
  } catch {
    return false
  }
}

/** Workers of the target must find what a task waits for, by the ids that it has in the source. */
function canDepend({ to }: Journey): boolean {
  return to.listing !== undefined && to.customIds
}

async function find(
  { listing }: Client,
  queue: string,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  return taskIds.length === 0 || !listing ? new Map<string, unknown>() : listing.find(queue, taskIds)
}

/** Those that left the source without success, and are not in the target: what was moved is there, or was. */
async function removedFrom(
  { from, to }: Journey,
  queue: string,
  taskIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (taskIds.length === 0 || !from.listing) return new Set()
  const there = await find(to, queue, taskIds)
  return from.listing.removed(
    queue,
    taskIds.filter((id) => !there.has(id)),
  )
}

async function dependenciesOf(
  gator: Gator,
  queue: string,
  data: Payload,
): Promise<readonly string[] | undefined> {
  try {
    return peekTask(data).options?.depends_on ?? []
  } catch {
    // Encrypted, or in a format of the app's own.
  }
  try {
    return (await gator.read(data, queue)).dependsOn
  } catch {
    return undefined
  }
}
