import { setTimeout as pause } from 'node:timers/promises'
import { beyondLease } from './beyond-lease.js'
import type { Fault } from './fault.js'

export const stopWorker: Fault = {
  name: 'stop-worker',
  title: 'a worker stands still for longer than its lease (`SIGSTOP`), and then goes on',
  strikes: () => true,
  async strike({ crew, random, during }) {
    const worker = random.one(crew.workers)
    const seconds = beyondLease(crew, random)
    await during([worker], async () => {
      worker.signal('SIGSTOP')
      await pause(seconds * 1000)
      worker.signal('SIGCONT')
    })
  },
}
