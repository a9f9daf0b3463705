import { currentTask } from '@alligator/core'

/** What ran, in order. */
export const ran: number[] = []

export async function note(number: number): Promise<void> {
  ran.push(number)
}

/** Why the signals of the tasks aborted that ran until then; `undefined` for each that has begun. */
export const aborted: (string | undefined)[] = []

/** Ends only when its signal aborts. */
export async function untilAborted(): Promise<void> {
  const signal = currentTask()?.signal
  const place = aborted.push(undefined) - 1
  await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  aborted[place] = (signal?.reason as { code: string } | undefined)?.code
}
