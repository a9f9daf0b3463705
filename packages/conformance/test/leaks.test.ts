import { LocmemClient, type ReserveOptions } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { collect } from './collect.js'

// Apart from the other faults, since it is noticed by counting what the whole process has open.
it('notices a client that leaves a timer behind', async () => {
  const timers: NodeJS.Timeout[] = []
  class Leaking extends LocmemClient {
    override async reserve(queues: readonly string[], options: ReserveOptions) {
      timers.push(setInterval(() => {}, 1000))
      return super.reserve(queues, options)
    }
  }
  const clock = new VirtualClock()
  const scenarios = collect(() => ({ clock, client: () => new Leaking('locmem://leaks', { clock }) }))
  await expect(scenarios.get('close leaves no handle open')?.()).rejects.toThrow(
    'close ends every connection',
  )
  for (const timer of timers) clearInterval(timer)
})
