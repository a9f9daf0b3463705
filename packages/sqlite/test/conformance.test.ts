import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { SqliteClient } from '../src/index.js'

/** What a thread renews goes by the clock of the machine. */
describeClient('sqlite by the clock of the machine', {
  create() {
    const folder = mkdtempSync(join(tmpdir(), 'alligator-sqlite-'))
    const client = () => new SqliteClient(`sqlite://${folder}/tasks.db`)
    return { client, close: () => rmSync(folder, { recursive: true }) }
  },
  describe(name, body) {
    if (name === 'renewal' || name.startsWith('sqlite')) describe(name, body)
  },
})

describeClient('sqlite', {
  create() {
    const folder = mkdtempSync(join(tmpdir(), 'alligator-sqlite-'))
    const clock = new VirtualClock()
    return {
      clock,
      client: () => new SqliteClient(`sqlite://${folder}/tasks.db`, { clock }),
      close: () => rmSync(folder, { recursive: true }),
    }
  },
})
