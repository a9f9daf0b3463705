import type { Fault } from './fault.js'

export const killWorker: Fault = {
  name: 'kill-worker',
  title: 'a worker is killed (`kill -9`) and replaced',
  strikes: ({ inProcess }) => !inProcess,
  async strike({ crew, random, during }) {
    const worker = random.one(crew.workers)
    await during([worker], () => worker.kill())
    await crew.addWorker()
  },
}
