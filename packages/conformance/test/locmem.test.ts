import { randomUUID } from 'node:crypto'
import { LocmemClient } from '@alligator/core'
import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'

describeClient('locmem on a manual clock', {
  create() {
    const clock = new VirtualClock()
    const dsn = `locmem://${randomUUID()}`
    return { clock, client: () => new LocmemClient(dsn, { clock }) }
  },
})

describeClient('locmem in real time', {
  create() {
    const dsn = `locmem://${randomUUID()}`
    return { client: () => new LocmemClient(dsn) }
  },
})
