import { setTimeout as pause } from 'node:timers/promises'
import { type Task, currentTask } from '@alligator/core'
import { type Kind, note } from './journal.js'

/** Takes the process down that runs it, as a crash would. */
export function die(id: string): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error(`${id} has survived.`)
}

/** The task of this load: takes a number of seconds, and writes down when it started and how it ended. */
export async function work(id: string, kind: Kind, seconds: number): Promise<string> {
  const task = currentTask()
  const attempt = task?.attempt ?? 0
  note({ what: 'started', id, attempt })
  try {
    if (kind === 'stepped' && task) await makeSteps(id, seconds, task)
    else if (seconds > 0) await pause(seconds * 1000, undefined, { signal: task?.signal })
    if (kind === 'doomed' || (kind === 'once-failing' && attempt === 1)) throw new Error('As it was told.')
  } catch (error) {
    note({ what: 'failed', id, attempt })
    throw error
  }
  note({ what: 'ended', id, attempt })
  return resultOf(id)
}

/** What `work` gives. */
export function resultOf(id: string): string {
  return `${id} is done`
}

const STEPS = ['one', 'two', 'three'] as const

async function makeSteps(id: string, seconds: number, task: Task): Promise<void> {
  for (const step of STEPS) {
    task.progress(STEPS.indexOf(step) / STEPS.length, step)
    await task.step(step, async () => {
      note({ what: 'step', id, step })
      await pause((seconds * 1000) / STEPS.length, undefined, { signal: task.signal })
    })
    note({ what: 'kept', id, step })
  }
}
