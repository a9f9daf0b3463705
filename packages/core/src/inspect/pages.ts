import type { StoredState, StoredTask } from '../backend/contract.js'
import type { Listing } from '../backend/facets.js'

/** As many as every store gives on one page. */
export const MOST_ON_PAGE = 1000

/** The states in the order in which they are listed. */
export const STATES: readonly StoredState[] = ['running', 'waiting', 'delayed', 'dead']

/** Every page of one state of one queue; a page is asked for once the one before has been dealt with. */
export async function* pagesOf(
  listing: Listing,
  { queue, state }: { readonly queue: string; readonly state: StoredState },
  limit: number,
): AsyncGenerator<readonly StoredTask[]> {
  for (let after: string | undefined; ;) {
    const page = await listing.list(queue, state, { limit, after })
    yield page.tasks
    if (page.next === undefined) return
    after = page.next
  }
}
