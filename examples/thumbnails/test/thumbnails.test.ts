import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const example = join(__dirname, '..')
const LATERGATOR = join(example, 'node_modules/@alligator/cli/dist/esm/latergator.js')

const folder = mkdtempSync(join(tmpdir(), 'alligator-thumbnails-'))
const env = { ...process.env, PICTURES: folder, ALLIGATOR_CONN: `sqlite://${join(folder, 'tasks.sqlite3')}` }

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: example, env, encoding: 'utf8', timeout: 60_000 })
}

/** What a worker has to say about this queue. */
function work(...options: string[]): string {
  const args = [LATERGATOR, './gator.js', '--burst', ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: example,
    env,
    encoding: 'utf8',
    timeout: 90_000,
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout + stderr
}

beforeAll(() => node('make-pictures.mjs'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('in threads all is made, leases are renewed in time, and the function that goes on is ended', () => {
  expect(node('upload.mjs')).toContain('28 tasks are on the queue')
  const log = work('--isolate', '--lease', '3s')
  expect(log.match(/makeThumbnail \S+ done/g)).toHaveLength(21)
  expect(log.match(/findPalette \S+ done/g)).toHaveLength(6)
  expect(log.match(/dead letter: findPalette ran longer than its timeout/g)).toHaveLength(1)
  expect(log).not.toContain('is still running')
  expect(log).not.toContain('renewed its leases')
  const made = readdirSync(join(folder, 'made'))
  expect(made).toHaveLength(27)
  expect(made).not.toContain('noise.json')
  const palette: unknown = JSON.parse(readFileSync(join(folder, 'made/dawn.json'), 'utf8'))
  expect(palette).toEqual(Array(5).fill(expect.stringMatching(/^#[0-9a-f]{6}$/)))
}, 120_000)

test('without them every palette keeps the worker from its leases', () => {
  rmSync(join(folder, 'pictures/noise.png'))
  node('upload.mjs')
  expect(work('--lease', '100ms', '--concurrency', '1')).toContain('something kept its event loop busy')
}, 120_000)
