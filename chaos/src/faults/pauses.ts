import { setTimeout as pause } from 'node:timers/promises'
import { Gator, type PausedOptions } from '@alligator/core'
import { now } from '../app/journal.js'
import { type Run, readHistory } from '../history.js'
import type { Fault } from './fault.js'

/** Those that keep what they hold when their server is killed, and whose queues and functions can be paused. */
const WITH_PAUSES: readonly string[] = ['sqlite', 'postgres', 'redis']
/** Seconds for which nothing may begin. */
const STILL = 1

/** What is paused. */
interface Paused {
  /** For messages. */
  readonly what: string
  readonly options: PausedOptions
  /** Seconds in which what was handed out before the pause has surely begun. */
  readonly onItsWay: number
  /** Whether a run is of what is paused. */
  readonly isOfIt: (run: Run) => boolean
}

/** @throws when something begins in the pause. */
function strikeWhilePaused({ what, options, onItsWay, isOfIt }: Paused): Fault['strike'] {
  return async ({ store, crew, random, during }) => {
    await using gator = new Gator(store.directDsn)
    await gator.pause({ ...options, reason: 'chaos' })
    await pause(1000 * onItsWay)
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
      (run) => isOfIt(run) && run.begin > paused && run.begin < resumed,
    )
    if (begun.length > 0) throw new Error(`${begun.length} tasks of a paused ${what} have begun.`)
    if (!(await gator.resume(options))) throw new Error(`The pause of the ${what} was forgotten.`)
  }
}

export const pauseQueue: Fault = {
  name: 'pause-queue',
  title: 'the queue is paused; meanwhile the server is killed and started again, and a worker replaced',
  strikes: ({ name }) => WITH_PAUSES.includes(name),
  strike: strikeWhilePaused({ what: 'queue', options: {}, onItsWay: 1, isOfIt: () => true }),
}

export const pauseFunction: Fault = {
  name: 'pause-function',
  title: 'one function is paused; meanwhile the server is killed and started again, and a worker replaced',
  strikes: ({ name }) => WITH_PAUSES.includes(name),
  strike: strikeWhilePaused({
    what: 'function',
    options: { task: 'work' },
    onItsWay: 3,
    isOfIt: ({ id }) => !id.startsWith('schedule:'),
  }),
}
