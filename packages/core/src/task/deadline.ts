import { oncePerProcess } from '../base/process-state.js'
import { SharedTimes, monotonic } from '../base/shared-times.js'

/** When the timeout is over of the function that is being called; 0 while none is, or it has no timeout. */
export const deadline: SharedTimes = oncePerProcess('deadline', () => new SharedTimes(1))

/**
 * Calls something that may take a number of seconds. Its own timer cannot fire while it keeps the event loop to itself; the thread
 * that renews its lease meanwhile reads in `deadline` for how long.
 */
export function callWithin<T>(seconds: number, call: () => T): T {
  const outer = deadline.get(0)
  const end = monotonic() + seconds
  deadline.set(0, outer === 0 ? end : Math.min(outer, end))
  try {
    return call()
  } finally {
    deadline.set(0, outer)
  }
}
