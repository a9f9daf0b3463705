import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

it('the page of the command line has the commands, options and defaults of the command line', () => {
  const script = join(__dirname, '../scripts/command-line.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
