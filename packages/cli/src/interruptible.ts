import { onStopSignal } from '@alligator/core'
import type { Shutdown } from './shutdown.js'

/**
 * Does something that a signal must not cut short: the first signal to stop aborts `signal`, and the step comes to an end
 * by itself. Then closes what it needed. Throws what either throws.
 */
export async function interruptible(
  shutdown: Shutdown,
  step: (signal: AbortSignal) => Promise<void>,
  close: () => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  onStopSignal(stop)
  await shutdown.run({ runForever: () => step(controller.signal), stop }, close)
}
