import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const main = join(__dirname, '../dist/esm/chaos.js')
const ARGUMENTS = ['--seconds', '4', '--jobs', '4']
/** Seconds for all trials; it is then told to stop, and takes its processes with it. */
const LIMIT = 240

let child: ChildProcess | undefined

beforeAll(() => {
  if (!existsSync(main)) throw new Error('The packages are not built. Run: npm run build')
})

afterAll(async () => {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
})

it(
  'loses nothing on any store, whatever goes wrong, and runs nothing twice that was not running then',
  async () => {
    child = spawn(process.execPath, [main, ...ARGUMENTS], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)))
    const [code] = (await once(child, 'close')) as [number | null]
    expect({ code, output }).toMatchObject({ code: 0 })
    for (const line of output.matchAll(/^SKIPPED .*/gm)) console.warn(line[0])
  },
  LIMIT * 1000,
)
