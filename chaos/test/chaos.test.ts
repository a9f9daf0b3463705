import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const main = join(__dirname, '../dist/esm/chaos.js')
/** What takes the main part of the time is that the leases of dead workers have to lapse. */
const FAULTS =
  'kill-worker,poison,stop-worker,restart-server,cut-connections,stall,jump-client-clock,fill-disk'
/** Those with a state store beside them are for the longer run. */
const STORES = 'memory,sqlite,postgres,redis,beanstalk,sqs'
const ARGUMENTS = [
  '--backend',
  STORES,
  '--fault',
  FAULTS,
  '--seconds',
  '3',
  '--lease',
  '3',
  '--jobs',
  '3',
  '--rate',
  '30',
]
/** Seconds for all trials; the command is then told to end, and takes its processes with it. */
const LIMIT = 400

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
    for (const [line] of output.matchAll(/^SKIPPED .*/gm)) console.warn(line)
    // As text: of an object, jest would show the code alone.
    expect(code === 0 ? '' : output).toBe('')
  },
  LIMIT * 1000,
)
