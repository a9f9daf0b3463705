import type { Clock, Delivery } from '@alligator/core'
import type { Poll, Taker } from './poll.js'

/** What a `reserve` waits for, and how long. */
export interface WaitRequest {
  readonly limit: number
  /** Seconds. */
  readonly wait: number
  readonly signal?: AbortSignal | undefined
  readonly clock: Clock
}

/** Waits on several polls for what the first of them brings; nothing, when the time is up or the signal aborts. */
export function waitForTask(polls: readonly Poll[], request: WaitRequest): Promise<Delivery[]> {
  const { limit, wait, signal, clock } = request
  return new Promise((resolve, reject) => {
    const leave = () => {
      cancel()
      signal?.removeEventListener('abort', giveUp)
      for (const poll of polls) poll.leave(taker)
    }
    const taker: Taker = {
      limit,
      wait,
      give(deliveries) {
        leave()
        resolve(deliveries)
      },
      fail(error) {
        leave()
        reject(error)
      },
    }
    const giveUp = () => taker.give([])
    const cancel = clock.timer(wait, giveUp)
    signal?.addEventListener('abort', giveUp)
    for (const poll of polls) poll.join(taker)
  })
}
