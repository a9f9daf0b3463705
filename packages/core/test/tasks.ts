import { currentTask } from '../src/index.js'

/** What the functions below were called with. */
export const calls: string[] = []

export function add(a: number, b: number): number {
  calls.push(`add ${a} ${b}`)
  return a + b
}

export function failFirst(name: string): string {
  const attempt = currentTask()?.attempt ?? 0
  calls.push(`failFirst ${name}`)
  if (attempt === 1) throw new Error(`${name} fails at first`)
  return `${name} on try ${attempt}`
}
