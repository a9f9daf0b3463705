import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds between two looks. */
const LOOK_EVERY = 10

/**
 * Looks until something has come true.
 *
 * @throws when that is not so within `seconds`.
 */
export async function until(check: () => unknown, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`Not within ${seconds} s: ${String(check)}`)
    await pause(LOOK_EVERY)
  }
}
