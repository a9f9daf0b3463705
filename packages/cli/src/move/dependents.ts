import { type Gator, type Payload, peekTask } from '@alligator/core'
import type { Journey } from './journey.js'

interface Item {
  readonly taskId: string
  readonly data: Payload
}

/**
 * Gives those that may go to the target now. A worker there takes a task that is not in its store for one that is done: so a
 * task that waits for others must not get there before they do, whatever state they are in. What nobody can read here might
 * wait for others, too.
 */
export async function readyToGo<T extends Item>(
  journey: Journey,
  queue: string,
  items: readonly T[],
): Promise<T[]> {
  const waits = new Map<T, readonly string[]>()
  for (const item of items) {
    const ids = await dependenciesOf(journey.source, queue, item.data)
    if (ids === undefined) journey.refuse({ queue, taskId: item.taskId, message: UNREADABLE })
    else if (ids.length > 0 && !canDepend(journey))
      journey.refuse({ queue, taskId: item.taskId, message: CANNOT_DEPEND })
    else waits.set(item, ids)
  }
  const here = await stillHere(journey, queue, [...new Set([...waits.values()].flat())])
  return [...waits].flatMap(([item, ids]) => {
    const isHeld = ids.some((id) => here.has(id))
    journey.heldBack.set(queue, item.taskId, isHeld)
    return isHeld ? [] : [item]
  })
}

const UNREADABLE =
  'nobody knows whether it waits for others, since it cannot be read here; set ALLIGATOR_SECRET if it is encrypted, ' +
  'or name a module that exports the gator which reads it'
const CANNOT_DEPEND = 'it waits for others, and the target cannot tell when they are done'

/** Workers of the target must find what a task waits for, by the ids that it has in the source. */
function canDepend({ to }: Journey): boolean {
  return to.listing !== undefined && to.customIds
}

async function stillHere(
  { from }: Journey,
  queue: string,
  taskIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (taskIds.length === 0 || !from.listing) return new Set()
  return new Set((await from.listing.find(queue, taskIds)).keys())
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
