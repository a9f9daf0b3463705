import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const example = join(__dirname, '..')
let emulator: ChildProcess
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  emulator = fork(join(__dirname, 'emulator.mjs'))
  const [port] = (await once(emulator, 'message')) as [number]
  const endpoint = encodeURIComponent(`http://127.0.0.1:${port}`)
  env = {
    ...process.env,
    ALLIGATOR_CONN: `sqs://us-east-1/?endpoint=${endpoint}&create_queues=true`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }
})

afterAll(() => emulator.kill('SIGKILL'))

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
  expect(stderr).toContain('setup.exe is no picture; try 2 in 30 s')
  expect(stdout).toContain('{"failures":[],"waiting":0,"delayed":2}')
})
