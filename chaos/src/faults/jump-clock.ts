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

/** What was given a time on a clock that was ahead is due now, without an hour's wait. */
async function settle({ clocks, during }: Scene): Promise<void> {
  await during('all', async () => {
    for (const hours of [2, 4]) {
      for (const clock of Object.values(clocks)) clock.set(hours * HOUR)
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

export const jumpServerClock: Fault = {
  name: 'jump-server-clock',
  title: 'the clock of the server jumps by an hour, forward and back',
  clock: 'server',
  strikes: ({ ownClock }) => ownClock,
  strike: jumpOf('server'),
  settle,
}
