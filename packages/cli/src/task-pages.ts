import type { Listing, StoredState, StoredTask } from '@alligator/core'
import { STATES } from '@alligator/core/inspect'
import { UsageError } from './failure.js'

/** A task, and where it was found. */
export interface Found {
  readonly queue: string
  readonly task: StoredTask
}

/** Where a listing goes on: so far into one state of one queue. */
interface Place {
  readonly queue: string
  readonly state: StoredState
  readonly after?: string | undefined
}

/** Room on a page, where not every task is meant, that is not worth looking for one task after the other. */
const LITTLE_ROOM = 10

/**
 * A page through several queues and states, of the tasks that are meant; `next` is what `--page` takes for the one that follows. A page
 * may be some tasks short where not all are meant.
 */
export async function takePage(
  listing: Listing,
  places: readonly Place[],
  limit: number,
  isMeant?: (queue: string, task: StoredTask) => Promise<boolean>,
): Promise<{ found: Found[]; next: string | undefined }> {
  const found: Found[] = []
  const least = isMeant ? Math.min(limit, LITTLE_ROOM) : 1
  for (const place of places) {
    const { queue, state } = place
    for (let after = place.after; ;) {
      const room = limit - found.length
      const isFull = room < least
      // With no room left, one task is enough to know that there is more.
      const page = await listing.list(queue, state, { limit: isFull ? 1 : room, after })
      if (isFull && page.tasks.length > 0) return { found, next: write({ queue, state, after }) }
      for (const task of page.tasks) if (!isMeant || (await isMeant(queue, task))) found.push({ queue, task })
      if (page.next === undefined) break
      after = page.next
    }
  }
  return { found, next: undefined }
}

/** All of these states of all of these queues, or what is left of them from the place that `--page` names. */
export function placesOf(
  queues: readonly string[],
  states: readonly StoredState[],
  page: string | undefined,
): Place[] {
  const places = queues.flatMap((queue) => states.map((state): Place => ({ queue, state })))
  if (page === undefined) return places
  const from = read(page)
  const order = ({ queue, state }: Place) => [queue, STATES.indexOf(state)] as const
  const [queue, state] = order(from)
  const rest = places.filter((place) => {
    const [otherQueue, otherState] = order(place)
    return otherQueue > queue || (otherQueue === queue && otherState > state)
  })
  // A queue that is empty by now is no reason to begin anew.
  return [from, ...rest]
}

function write({ queue, state, after }: Place): string {
  return Buffer.from(JSON.stringify([queue, state, after])).toString('base64url')
}

function read(page: string): Place {
  try {
    const place = JSON.parse(Buffer.from(page, 'base64url').toString()) as unknown[]
    const [queue, state, after] = place
    if (typeof queue === 'string' && STATES.some((known) => known === state))
      return { queue, state: state as StoredState, after: typeof after === 'string' ? after : undefined }
  } catch {
    // Told below.
  }
  throw new UsageError(`--page cannot be "${page}". Pass what the page before ended with, or leave it out.`)
}
