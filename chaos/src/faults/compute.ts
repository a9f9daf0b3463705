import { setTimeout as pause } from 'node:timers/promises'
import { LEASES } from '../app/compute.js'
import type { Fault } from './fault.js'

export const compute: Fault = {
  name: 'compute',
  title: 'a worker computes for four leases, and lets its event loop do nothing else',
  keepsLeases: true,
  strikes: ({ renews }) => renews,
  async strike({ crew, random, during }) {
    const worker = random.one(crew.workers)
    await during([worker], async () => {
      worker.signal('SIGUSR2')
      await pause(LEASES * crew.settings.lease * 1000)
    })
  },
}
