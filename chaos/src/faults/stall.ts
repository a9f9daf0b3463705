import { setTimeout as pause } from 'node:timers/promises'
import { beyondLease } from './beyond-lease.js'
import type { Fault } from './fault.js'

export const stall: Fault = {
  name: 'stall',
  title: 'every connection goes silent for longer than a lease, and then passes on what was sent meanwhile',
  strikes: ({ network }) => network,
  async strike({ store, crew, random, during }) {
    const seconds = beyondLease(crew, random)
    await during('all', async () => {
      store.proxy?.stall()
      await pause(seconds * 1000)
      store.proxy?.resume()
    })
  },
}
