import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.js'

export const restartServer: Fault = {
  name: 'restart-server',
  title: 'the server is killed (`kill -9`), and started again after a moment',
  strikes: ({ restarts }) => restarts,
  async strike({ store, random, during }) {
    const seconds = random.between(0.1, 2)
    await during('all', async () => {
      await store.kill?.()
      await pause(seconds * 1000)
      await store.restart?.()
    })
  },
}
