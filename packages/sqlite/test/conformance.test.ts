import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeClient } from '@alligator/conformance'
import { VirtualClock } from '@alligator/core/testing'
import { SqliteClient } from '../src/index.js'

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
