import { setTimeout as pause } from 'node:timers/promises'
import { Gator } from '@alligator/core'
import { now } from '../app/journal.js'
import { readHistory } from '../history.js'
import type { Fault } from './fault.js'

/** Those that keep what they hold when their server is killed, and whose queues can be paused. */
const WITH_PAUSES: readonly string[] = ['sqlite', 'postgres', 'redis']
/** Seconds in which what was handed out before a pause has surely begun. */
const ON_ITS_WAY = 1

export const pauseQueue: Fault = {
  name: 'pause-queue',
  title: 'the queue is paused; meanwhile the server is killed and started again, and a worker replaced',
  strikes: ({ name }) => WITH_PAUSES.includes(name),
  /** @throws when a task begins in the pause. */
  async strike({ store, crew, random, during }) {
    await using gator = new Gator(store.directDsn)
    await gator.pause({ reason: 'chaos' })
    await pause(1000 * ON_ITS_WAY)
    const paused = now()
    const worker = random.one(crew.workers)
    await during('all', async () => {
      await store.kill?.()
      await store.restart?.()
    })
    await during([worker], () => worker.kill())
    await crew.addWorker()
    await pause(1000 * ON_ITS_WAY)
    const resumed = now()
    const begun = readHistory(crew.settings.env['CHAOS_JOURNALS'] ?? '').runs.filter(
      ({ begin }) => begin > paused && begin < resumed,
    )
    if (begun.length > 0) throw new Error(`${begun.length} tasks of a paused queue have begun.`)
    if (!(await gator.resume())) throw new Error('The pause of the queue was forgotten.')
  },
}
