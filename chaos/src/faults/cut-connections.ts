import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.js'

export const cutConnections: Fault = {
  name: 'cut-connections',
  title: 'every connection is cut, after some answers have been lost',
  strikes: ({ network }) => network,
  async strike({ store, random, during }) {
    const milliseconds = random.between(0, 100)
    await during('all', async () => {
      store.proxy?.swallowAnswers()
      await pause(milliseconds)
      store.proxy?.cut()
    })
  },
}
