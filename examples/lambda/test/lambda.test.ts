import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Server, startSqsEmulator } from '@alligator/testbed'

const example = join(__dirname, '..')
let emulator: Server
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  emulator = await startSqsEmulator()
  env = {
    ...process.env,
    ALLIGATOR_CONN: `${emulator.dsn}&create_queues=true`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
})

afterAll(() => emulator.close())

test('the handler makes what was uploaded, and sends what failed once more', () => {
  const args = [join(__dirname, 'call.mjs')]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: example,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stdout).toContain('cat.png at 200 px, try 1')
  expect(stdout).toContain('cat.png at 800 px, try 1')
  expect(stderr).toContain('setup.exe is no picture; attempt 2 in 30 s')
  expect(stdout).toContain('{"failures":[],"waiting":0,"delayed":2}')
})
