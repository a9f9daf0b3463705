import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeClient } from '@alligator/conformance'
import { Gator } from '@alligator/core'
import { VirtualClock, drain } from '@alligator/core/testing'
import { FolderClient } from '../folder-client.js'
import { double } from './tasks.js'

describeClient('FolderClient', {
  create() {
    const clock = new VirtualClock()
    const folder = mkdtempSync(join(tmpdir(), 'alligator-folders-'))
    return {
      clock,
      client: () => new FolderClient(`folder://${folder}`, { clock }),
      close: () => rmSync(folder, { recursive: true }),
    }
  },
})

test('an app uses it by its DSN', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alligator-folders-'))
  await using gator = new Gator(`folder://${folder}`)
  await gator.task(double, 21)
  expect((await drain(gator))[0]?.result).toBe(42)
  rmSync(folder, { recursive: true })
})
