import type { Gator, StoredState } from '@alligator/core'
import { STATES, viewTask } from '@alligator/core/inspect'
import { isModulePath } from '../app-modules.js'
import { openGator } from '../open-gator.js'
import { knownQueues } from '../queue-names.js'
import type { Candidate, Stored } from './candidates.js'

/** Milliseconds that whoever has pressed the key waits at most. */
const PATIENCE = 1500
/** Ids that are offered at most. */
const MOST = 100

/** Of a command that is for tasks in some states alone. */
const OF_STATES: Readonly<Record<string, readonly StoredState[]>> = { retry: ['dead'], expedite: ['delayed'] }

/**
 * Names that the store knows. None where it cannot be asked, or not soon; nor where it is a module that says which store it is: to import the
 * app at the press of a key could do anything.
 */
export async function namesIn(
  conn: string | undefined,
  what: Stored,
  command: string,
): Promise<readonly Candidate[]> {
  if (!conn || isModulePath(conn)) return []
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly Candidate[]>((resolve) => (timer = setTimeout(resolve, PATIENCE, [])))
  try {
    return await Promise.race([ask(conn, what, command), late])
  } catch {
    return []
  } finally {
    clearTimeout(timer)
  }
}

async function ask(conn: string, what: Stored, command: string): Promise<readonly Candidate[]> {
  const { gator } = await openGator(conn, {})
  try {
    if (what === 'queues') return (await knownQueues(gator)).map((value) => ({ value }))
    if (what === 'schedules') return (await gator.schedules()).map(({ id: value }) => ({ value }))
    return await idsIn(gator, OF_STATES[command] ?? STATES)
  } finally {
    await gator.close()
  }
}

async function idsIn(gator: Gator, states: readonly StoredState[]): Promise<Candidate[]> {
  const found: Candidate[] = []
  const { listing } = gator.backend
  for (const queue of (await listing?.queues()) ?? [])
    for (const state of states) {
      const page = await listing?.list(queue, state, { limit: MOST - found.length })
      for (const task of page?.tasks ?? []) {
        const { name } = await viewTask(gator, queue, task)
        found.push({ value: task.taskId, text: `${name ?? 'unreadable'}, ${state} on ${queue}` })
      }
      if (found.length >= MOST) return found
    }
  return found
}
