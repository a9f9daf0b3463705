import { type Gator, currentTask } from '@alligator/core'

/** What the functions below were called with. */
export const calls: string[] = []

export function add(a: number, b: number): number {
  return a + b
}

export function greet(name: string, _greeting?: string): void {
  calls.push(`greet ${name}`)
}

export function failFirst(name: string): string {
  const attempt = currentTask()?.attempt ?? 0
  if (attempt === 1) throw new Error('fails at first')
  return `${name} on try ${attempt}`
}

export function alwaysFail(message: string): never {
  throw new Error(message)
}

/** Makes one sum, or another of its own kind for ever. */
export async function makeMore(what: string): Promise<void> {
  if (what === 'for ever') await makeMore.gator?.task(makeMore, what)
  else await makeMore.gator?.task(add, 1, 1)
}
makeMore.gator = undefined as Gator | undefined
