import { type Contender, floorPayload } from '../../contender.js'
import { type Job, type Line, connect } from './line.js'

/** Deletes what is finished and reserves a batch, in one write. */
async function next(line: Line, done: readonly Job[], limit: number): Promise<Job[]> {
  let deleted: Promise<unknown>[] = []
  let reserved: Promise<Job | undefined>[] = []
  line.together(() => {
    deleted = done.map(({ id }) => line.destroy(id))
    reserved = Array.from({ length: limit }, () => line.reserve(0))
  })
  await Promise.all(deleted)
  return (await Promise.all(reserved)).filter((job) => job !== undefined)
}

/** The least that beanstalkd allows: one write a batch, which also deletes the batch before it. */
export async function open(url: string): Promise<Contender> {
  const producer = await connect(url)
  return {
    enqueue: (sentAt) => producer.put(floorPayload(sentAt)),
    async enqueueMany(sentAts) {
      let puts: Promise<unknown>[] = []
      producer.together(() => (puts = sentAts.map((sentAt) => producer.put(floorPayload(sentAt)))))
      await Promise.all(puts)
    },
    async work(concurrency, onTask) {
      const line = await connect(url)
      let stopped = false
      const loop = async () => {
        for (let jobs: Job[] = []; !stopped || jobs.length > 0;) {
          jobs = await next(line, jobs, stopped ? 0 : concurrency)
          if (jobs.length === 0 && !stopped) jobs = await waitForOne(line)
          for (const { body } of jobs) onTask(Number.parseFloat(body.toString()))
        }
        line.end()
      }
      const ended = loop()
      return async () => {
        stopped = true
        await ended
      }
    },
    close: async () => producer.end(),
  }
}

async function waitForOne(line: Line): Promise<Job[]> {
  const job = await line.reserve(1)
  return job ? [job] : []
}
