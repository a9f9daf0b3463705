import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'
import { transact } from './transact.js'

const group = describe

/** What a thread renews goes by the clock of the machine. */
describeClient('sqlite by the clock of the machine', {
  create() {
    const folder = new Folder()
    return { client: () => new SqliteClient(folder.dsn()), close: () => folder.remove() }
  },
  describe(name, body) {
    if (name === 'renewal' || name.startsWith('sqlite')) group(name, body)
  },
})

describeClient('sqlite', {
  create() {
    const folder = new Folder()
    const clock = new VirtualClock()
    return {
      clock,
      client: () => new SqliteClient(folder.dsn(), { clock }),
      transact: (work) => transact(folder.file(), work),
      close: () => folder.remove(),
    }
  },
})
