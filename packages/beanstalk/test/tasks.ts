import { type Task, currentTask } from '@alligator/core'

/** What the tasks of this process have done, in order. */
export const done: string[] = []

export function note(word: string): string {
  done.push(word)
  return word
}

/** Fails until it has been tried so often. */
export function stumble(word: string, tries: number): void {
  done.push(word)
  if (done.filter((entry) => entry === word).length < tries) throw new Error(`${word} stumbled`)
}

/** Makes a step, tells how far it is, and fails at its first try. */
export async function stepAndStumble(word: string): Promise<string> {
  const task = currentTask() as Task
  await task.step('once', () => void done.push(`${word} once`))
  task.progress(0.5, 'half')
  done.push(`${word} at try ${task.attempt}`)
  if (task.attempt === 1) throw new Error(`${word} stumbled`)
  return `${word} arrived`
}

/** Tells when it begins and ends, some milliseconds apart. */
export async function slow(word: string, milliseconds: number): Promise<void> {
  done.push(`${word} begins`)
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  done.push(`${word} ends`)
}
