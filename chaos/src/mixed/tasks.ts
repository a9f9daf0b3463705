import { GiveUp, currentTask, registerTasks } from '@alligator/core'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ledger } from './ledger.js'

/** The ledger of the round that runs: the tasks run in this very process. */
export const stage: { ledger: Ledger | undefined } = { ledger: undefined }

/** Milliseconds that a task takes at most. */
const LONGEST = 20

export async function work(key: string, milliseconds: number): Promise<void> {
  const entry = stage.ledger?.start(key)
  if (milliseconds > 0) await pause(Math.min(LONGEST, milliseconds))
  if (!entry || entry.kind === 'fails') throw new GiveUp(`${key} never works`)
  if (entry.kind === 'falters' && currentTask()?.attempt === 1)
    throw new Error(`${key} works the second time`)
  entry.done += 1
}

registerTasks('mixed', { work })
