import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const example = join(__dirname, '..')
const LATERGATOR = join(example, 'node_modules/@alligator/cli/dist/esm/latergator.js')

const folder = mkdtempSync(join(tmpdir(), 'alligator-order-'))
const ledger = join(folder, 'ledger.txt')
const env = { ...process.env, LEDGER: ledger, ALLIGATOR_CONN: `sqlite://${join(folder, 'tasks.sqlite3')}` }

const children: ChildProcess[] = []

function start(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const options = { cwd: example, env: { ...env, ...more }, stdio: 'pipe' } as const
  const child = spawn(process.execPath, args, options)
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({ how: code ?? signal, output }))
  return { child, ended }
}

const startWorker = (more?: NodeJS.ProcessEnv) => start([LATERGATOR, './gator.js', '--lease', '1s'], more)

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('a worker is killed between two steps, and another goes on behind what was done', async () => {
  const ordering = start(['order.mjs', '7', 'tea', 'cup'])
  expect(await startWorker({ DIE_AT: 'reserve' }).ended).toMatchObject({ how: 'SIGKILL' })
  expect(readFileSync(ledger, 'utf8')).toBe('charge order-7\n')
  const second = startWorker()
  expect(await ordering.ended).toEqual({
    how: 0,
    output: 'order-7 is on its queue\nch_order-7: 2 things for 12 €\n',
  })
  second.child.kill('SIGTERM')
  expect(await second.ended).toMatchObject({
    how: 0,
    output: expect.stringContaining('order 7 is on its way'),
  })
  expect(readFileSync(ledger, 'utf8')).toBe('charge order-7\nreserve order-7\nsend order-7\n')
}, 60_000)
