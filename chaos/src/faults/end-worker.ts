import type { Fault } from './fault.js'

export const endWorker: Fault = {
  name: 'end-worker',
  title: 'a worker is told to end (`SIGTERM`, as at a deploy) sooner than its tasks do, and replaced',
  strikes: ({ inProcess }) => !inProcess,
  async strike({ crew, random, during }) {
    const worker = random.one(crew.workers)
    await during([worker], async () => {
      const code = await worker.end()
      if (code !== 0) throw new Error(`${worker.name} ended with ${code}, though it was only told to end.`)
    })
    await crew.addWorker()
  },
}
