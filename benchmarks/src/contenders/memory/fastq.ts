import fastq from 'fastq'
import type { Contender } from '../../contender.js'

/** fastq: a queue of function calls within the process. */
export function open(): Contender {
  let onTask: (sentAt: number) => void = () => undefined
  const queue = fastq.promise(async (sentAt: number) => onTask(sentAt), 1)
  queue.pause()
  return {
    // Its promise settles when the call has been made, which is not what is asked here.
    enqueue: (sentAt) => void queue.push(sentAt),
    async work(concurrency, listener) {
      onTask = listener
      queue.concurrency = concurrency
      queue.resume()
      return async () => queue.pause()
    },
    close: async () => queue.kill(),
  }
}
