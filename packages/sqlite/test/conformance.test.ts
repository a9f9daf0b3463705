import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { SqliteClient } from '../src/index.js'
import { Folder } from './processes.js'

describeClient('sqlite', {
  create() {
    const folder = new Folder()
    const clock = new VirtualClock()
    return {
      clock,
      client: () => new SqliteClient(folder.dsn(), { clock }),
      close: () => folder.remove(),
    }
  },
})
