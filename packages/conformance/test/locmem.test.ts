import { randomUUID } from 'node:crypto'
import { LocmemClient } from '@alligator/core'
import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { lacking } from './broken/fault.js'
import { RenewableClient } from './broken/renewing.js'

describeClient('locmem on a manual clock', {
  create() {
    const clock = new VirtualClock()
    const dsn = `locmem://${randomUUID()}`
    return { clock, client: () => new LocmemClient(dsn, { clock }) }
  },
})

describeClient('locmem that can be renewed', {
  create() {
    const clock = new VirtualClock()
    const dsn = `locmem://${randomUUID()}`
    return { clock, client: () => new RenewableClient(dsn, { clock }) }
  },
})

describeClient('locmem in real time', {
  create() {
    const dsn = `locmem://${randomUUID()}`
    return { client: () => new LocmemClient(dsn) }
  },
})

// What a store lacks is refused by the engine, and nothing else suffers.
describe.each([
  ['no facet', lacking('byId', 'listing', 'deadLetters', 'cancellation', 'directory', 'schedules')],
  ['no `cancellation`', lacking('cancellation', 'dependents', 'batches')],
])('a client that has %s', (_, Lacking) => {
  describeClient('it', {
    create() {
      const clock = new VirtualClock()
      const dsn = `locmem://${randomUUID()}`
      return { clock, client: () => new Lacking(dsn, { clock }) }
    },
    runs: 20,
  })
})
