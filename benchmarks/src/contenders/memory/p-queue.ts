import PQueue from 'p-queue'
import type { Contender } from '../../contender.js'

/** p-queue: a queue of function calls within the process. */
export function open(): Contender {
  let onTask: (sentAt: number) => void = () => undefined
  const queue = new PQueue({ autoStart: false })
  return {
    // Its promise settles when the call has been made, which is not what is asked here.
    enqueue: (sentAt) => void queue.add(async () => onTask(sentAt)),
    async work(concurrency, listener) {
      onTask = listener
      queue.concurrency = concurrency
      queue.start()
      return async () => queue.pause()
    },
    close: async () => queue.clear(),
  }
}
