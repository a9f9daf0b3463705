import { randomUUID } from 'node:crypto'
import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { KeyedClient } from './keyed-client.js'

describeClient('a store whose keys are kept by a state store', {
  create() {
    const clock = new VirtualClock()
    const dsn = `locmem://${randomUUID()}`
    return { clock, client: () => new KeyedClient(dsn, { clock }) }
  },
  runs: 60,
})
