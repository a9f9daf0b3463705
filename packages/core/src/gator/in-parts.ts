import { type Awaitable, allOf } from '../base/awaitable.js'
import { turn } from '../base/timers.js'
import type { Client } from '../backend/client.js'

/** More than these are made with pauses in between: some 20 ms of computing. */
const AT_ONCE = 5000

/**
 * Whether a call that enqueues may let the event loop turn before it asks the store: not where a transaction that the app opens meanwhile
 * could take up what is pushed.
 */
export function mayPause({ transactions, inTransaction }: Client): boolean {
  return transactions === undefined && !inTransaction
}

/**
 * Gives what `make` gives for each of several: at once where each is there at once. Very many are made in parts where there may be
 * pauses, and everything else in the process goes on in between.
 */
export function inParts<T, P>(
  given: readonly T[],
  make: (one: T) => Awaitable<P>,
  { pauses }: { readonly pauses: boolean },
): Awaitable<readonly P[]> {
  return pauses && given.length > AT_ONCE ? makeInParts(given, make) : allOf<P[]>(given.map(make))
}

async function makeInParts<T, P>(given: readonly T[], make: (one: T) => Awaitable<P>): Promise<P[]> {
  const made: P[] = []
  for (let at = 0; at < given.length; at += AT_ONCE) {
    const part = await allOf<P[]>(given.slice(at, at + AT_ONCE).map(make))
    for (const one of part) made.push(one)
    await turn()
  }
  return made
}
