import type { Gator, Listing, StoredState } from '@alligator/core'
import { UsageError } from './failure.js'
import { printable } from './printable.js'

/** Characters of an id, at least, that stand for all of it. */
const SHORTEST = 4
/** Tasks that are looked at, at most, for the ids that parts of them stand for. */
const MOST_LOOKED_AT = 100_000
const PAGE = 500
/** Ids that are named where a part stands for several. */
const MOST_NAMED = 5

/** Part of an id stands for several tasks. */
class AmbiguousIdError extends Error {
  readonly code = 'USAGE'
  readonly candidates: readonly string[]

  constructor(part: string, candidates: readonly string[], isAll: boolean) {
    const named = candidates.slice(0, MOST_NAMED).join(', ')
    const more = candidates.length > MOST_NAMED || !isAll ? ', …' : ''
    super(printable(`"${part}" stands for more than one task: ${named}${more}. Pass more of the id.`))
    this.name = 'AmbiguousIdError'
    this.candidates = candidates
  }
}

/**
 * The whole ids that were meant: a part of an id, its end as tables show it or its beginning, stands for the one task in these states and
 * queues that has it. What stands for none is left as it is, as is everything where the store cannot list tasks.
 *
 * @throws AmbiguousIdError; UsageError where there are too many tasks to tell.
 */
export async function findIds(
  { backend: { listing } }: Gator,
  queues: readonly string[],
  states: readonly StoredState[],
  given: readonly string[],
): Promise<string[]> {
  if (!listing) return [...given]
  const exact = new Set<string>()
  for (const queue of queues) for (const id of (await listing.find(queue, given)).keys()) exact.add(id)
  const parts = given.filter((id) => !exact.has(id) && partOf(id).length >= SHORTEST)
  const found = new Map(parts.map((part) => [part, new Set<string>()]))
  const isAll = parts.length === 0 || (await look(listing, queues, states, found))
  return given.map((id) => wholeId(id, [...(found.get(id) ?? [])], isAll))
}

function wholeId(given: string, candidates: readonly string[], isAll: boolean): string {
  const [only = given, ...others] = candidates
  if (others.length > 0) throw new AmbiguousIdError(given, candidates, isAll)
  if (isAll || candidates.length === 0) return only
  throw new UsageError(
    printable(
      `There are too many tasks to tell whether "${given}" stands for one of them: pass all of the id.`,
    ),
  )
}

/** As it was copied from a table. */
function partOf(given: string): string {
  return given.replaceAll('…', '')
}

/** Whether all tasks were looked at. */
async function look(
  listing: Listing,
  queues: readonly string[],
  states: readonly StoredState[],
  found: ReadonlyMap<string, Set<string>>,
): Promise<boolean> {
  let seen = 0
  for (const queue of queues)
    for (const state of states)
      for (let after: string | undefined; ;) {
        const { tasks, next } = await listing.list(queue, state, { limit: PAGE, after })
        for (const [given, candidates] of found)
          for (const { taskId } of tasks) if (isPart(partOf(given), taskId)) candidates.add(taskId)
        seen += tasks.length
        if (next === undefined) break
        if (seen >= MOST_LOOKED_AT) return false
        after = next
      }
  return true
}

function isPart(part: string, id: string): boolean {
  return id.endsWith(part) || id.startsWith(part)
}
