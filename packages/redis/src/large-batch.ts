import { type PushItem, StoreUnavailableError, hasCode } from '@alligator/core'
import type { Connection } from './connection.js'
import { HELD, TAKE_BACK } from './scripts/push.js'
import { packData, packId } from './stored.js'
import { hasTie, inOrder } from './ties.js'

/** Tasks that one call writes at most: the server serves nobody else meanwhile. */
export const MOST_TOGETHER = 1000
/** Characters of payloads that one call writes at most, unless a single task has more. */
const MOST_CHARACTERS = 4 * 1024 * 1024

/** Whether a batch is more than one call should write. */
export function isLarge(items: readonly PushItem[]): boolean {
  return items.length > 1 && (items.length > MOST_TOGETHER || charactersOf(items) > MOST_CHARACTERS)
}

/**
 * Writes a batch in several calls, so that the server serves others in between and no call takes long: the time limit is that
 * of one call. What a batch is refused for is found out before anything is written. If a call is refused all the same, because
 * the memory is full or somebody else has taken an id meanwhile, the calls before are taken back, but for what runs by then.
 */
export async function pushLarge(
  connection: Connection,
  queue: string,
  given: readonly PushItem[],
  push: (items: readonly PushItem[]) => Promise<void>,
): Promise<void> {
  // What waits for a task that is not there yet would not wait.
  const items = given.some(hasTie) ? inOrder(given) : given
  for (const { taskId, data } of items) packData(data, taskId)
  const held = await heldAlready(connection, queue, items)
  for (const some of partsOf(items.filter(({ taskId }) => held.has(taskId)))) await push(some)
  const written: string[] = []
  try {
    for (const some of partsOf(items.filter(({ taskId }) => !held.has(taskId)))) {
      await push(some)
      written.push(...some.map(({ taskId }) => packId(taskId)))
    }
  } catch (error) {
    // While the store is away nothing can be taken back.
    if (hasCode(error, 'STORE_UNAVAILABLE'))
      throw interrupted(connection, written.length, items.length, error)
    await takeBack(connection, queue, written)
    throw error
  }
}

/** What was on its way when it failed may be there as well. */
function interrupted(connection: Connection, written: number, all: number, cause: unknown): unknown {
  if (written === 0) return cause
  const why = `it went away when the first ${written} of ${all} tasks of a batch were on their queue`
  const wayOut =
    'Push the same tasks again, with the same ids, for the rest: those that are there are not doubled.'
  return new StoreUnavailableError(connection.dsn, why, wayOut, cause)
}

/** The ids of those that the queue has, which are not to be taken back. */
async function heldAlready(
  connection: Connection,
  queue: string,
  items: readonly PushItem[],
): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  for (let at = 0; at < items.length; at += MOST_TOGETHER) {
    const some = items.slice(at, at + MOST_TOGETHER)
    const call = {
      queues: [connection.keys.of(queue)],
      args: {},
      rest: some.map(({ taskId }) => packId(taskId)),
    }
    for (const place of (await connection.run(HELD, () => call)) as number[])
      held.add(some[place]?.taskId ?? '')
  }
  return held
}

/** The last ones first: each is then found at the end of the line. */
export async function takeBack(connection: Connection, queue: string, ids: readonly string[]): Promise<void> {
  for (let end = ids.length; end > 0; end -= MOST_TOGETHER) {
    const rest = ids.slice(Math.max(0, end - MOST_TOGETHER), end).toReversed()
    const call = { queues: [connection.keys.of(queue)], args: {}, rest }
    await connection.run(TAKE_BACK, () => call)
  }
}

export function* partsOf(items: readonly PushItem[]): Generator<readonly PushItem[]> {
  let part: PushItem[] = []
  let characters = 0
  for (const item of items) {
    const isFull = part.length >= MOST_TOGETHER || characters + item.data.length > MOST_CHARACTERS
    if (isFull && part.length > 0) {
      yield part
      ;[part, characters] = [[], 0]
    }
    part.push(item)
    characters += item.data.length
  }
  if (part.length > 0) yield part
}

function charactersOf(items: readonly PushItem[]): number {
  return items.reduce((sum, { data }) => sum + data.length, 0)
}
