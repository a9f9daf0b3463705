import { setTimeout as pause } from 'node:timers/promises'
import { currentTask } from '@alligator/core'
import { type Kind, note } from './journal.js'

/** Takes the process down that runs it, as a crash would. */
export function die(id: string): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error(`${id} has survived.`)
}

/** The task of this load: takes a number of seconds, and writes down when it started and how it ended. */
export async function work(id: string, kind: Kind, seconds: number): Promise<void> {
  const task = currentTask()
  const attempt = task?.attempt ?? 0
  note({ what: 'started', id, attempt })
  try {
    if (seconds > 0) await pause(seconds * 1000, undefined, { signal: task?.signal })
    if (kind === 'doomed' || (kind === 'once-failing' && attempt === 1)) throw new Error('As it was told.')
  } catch (error) {
    note({ what: 'failed', id, attempt })
    throw error
  }
  note({ what: 'ended', id, attempt })
}
