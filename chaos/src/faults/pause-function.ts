import { setTimeout as pause } from 'node:timers/promises'
import { Gator } from '@alligator/core'
import { now } from '../app/journal.js'
import { readHistory } from '../history.js'
import type { Fault } from './fault.js'

/** Those that keep what they hold when their server is killed, and find again what was put aside. */
const WITH_PAUSES: readonly string[] = ['sqlite', 'postgres', 'redis']
/** Seconds in which what a worker had in hand before a pause has surely begun. */
const IN_HAND = 3
/** Seconds for which nothing of the function may begin. */
const STILL = 1
/** What the tasks of this load are called. */
const FUNCTION = 'work'

export const pauseFunction: Fault = {
  name: 'pause-function',
  title: 'one function is paused; meanwhile the server is killed and started again, and a worker replaced',
  strikes: ({ name }) => WITH_PAUSES.includes(name),
  /** @throws when a task of the function begins in the pause. */
  async strike({ store, crew, random, during }) {
    await using gator = new Gator(store.directDsn)
    await gator.pause({ task: FUNCTION, reason: 'chaos' })
    await pause(1000 * IN_HAND)
    const paused = now()
    const worker = random.one(crew.workers)
    await during('all', async () => {
      await store.kill?.()
      await store.restart?.()
    })
    await during([worker], () => worker.kill())
    await crew.addWorker()
    await pause(1000 * STILL)
    const resumed = now()
    const begun = readHistory(crew.settings.env['CHAOS_JOURNALS'] ?? '').runs.filter(
      ({ id, begin }) => !id.startsWith('schedule:') && begin > paused && begin < resumed,
    )
    if (begun.length > 0) throw new Error(`${begun.length} tasks of a paused function have begun.`)
    if (!(await gator.resume({ task: FUNCTION }))) throw new Error('The pause of the function was forgotten.')
  },
}
