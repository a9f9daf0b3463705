import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { now } from './app/journal.js'

/**
 * Waits until no process has written into its journal for a number of seconds on end.
 *
 * @throws when that is not so within `limit` seconds.
 */
export async function untilStill(journals: string, quiet: number, limit: number): Promise<void> {
  const end = now() + limit
  let size = sizeOf(journals)
  for (let since = now(); now() - since < quiet;) {
    if (now() > end) throw new Error(`After ${limit} s without faults, tasks still start and end.`)
    await pause(100)
    const last = size
    size = sizeOf(journals)
    if (size !== last) since = now()
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
