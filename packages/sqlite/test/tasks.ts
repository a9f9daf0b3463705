import { currentTask } from '@alligator/core'

/** What the functions below did. */
export const calls: string[] = []

/** Ends only when its signal aborts. */
export async function untilAborted(): Promise<void> {
  const signal = currentTask()?.signal
  calls.push('starts')
  await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  calls.push(String((signal?.reason as { code: string } | undefined)?.code))
}

/** Tells that it ran. */
export function report(what: string): void {
  calls.push(what)
}
