import { setTimeout as pause } from 'node:timers/promises'
import type { Scene } from '../scene.js'
import type { Fault } from './fault.js'

const HOUR = 3600
/** Where the clock stands after each jump: an hour forward, back, an hour behind, and right again. */
const ROUND = [HOUR, 0, -HOUR, 0] as const

function jumpOf(whom: 'clients' | 'server'): Fault['strike'] {
  return async ({ clocks, during }) => {
    const clock = clocks[whom]
    await during('all', async () => clock.set(ROUND[clock.jumps % ROUND.length] ?? 0))
  }
}

/** The clocks of single workers, so that no two of them need agree. */
const jumpOfOne: Fault['strike'] = async ({ crew, random, during }) => {
  const worker = random.one(crew.workers)
  await during([worker], async () => crew.clockOf(worker)?.set(random.one([HOUR, -HOUR, 0])))
}

/** What was given a time on a clock that was ahead is due now, without an hour's wait. */
async function settle({ clocks, crew, during }: Scene): Promise<void> {
  await during('all', async () => {
    for (const hours of [2, 4]) {
      const ofWorkers = crew.workers.flatMap((worker) => crew.clockOf(worker) ?? [])
      for (const clock of [...Object.values(clocks), ...ofWorkers]) clock.set(hours * HOUR)
      // What was on its way when the clocks were set may have been put off once more.
      await pause(2000)
    }
  })
}

export const jumpClientClock: Fault = {
  name: 'jump-client-clock',
  title: 'the clock of producer and workers jumps by an hour, forward and back',
  clock: 'clients',
  strikes: () => true,
  strike: jumpOf('clients'),
  settle,
}

export const jumpWorkerClock: Fault = {
  name: 'jump-worker-clock',
  title: 'the clock of one worker jumps by an hour, and then that of another',
  clock: 'worker',
  // The processes of one machine have one clock.
  strikes: ({ network }) => network,
  strike: jumpOfOne,
  settle,
}

export const jumpServerClock: Fault = {
  name: 'jump-server-clock',
  title: 'the clock of the server jumps by an hour, forward and back',
  clock: 'server',
  strikes: ({ ownClock }) => ownClock,
  strike: jumpOf('server'),
  settle,
}
