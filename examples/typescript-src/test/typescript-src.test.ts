import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const example = join(__dirname, '..')
const LATERGATOR = join(example, 'node_modules/@alligator/cli/dist/esm/latergator.js')
const folder = mkdtempSync(join(tmpdir(), 'alligator-typescript-src-'))

function node(...args: string[]): string {
  const env = { ...process.env, ALLIGATOR_CONN: `sqlite://${join(folder, 'tasks.sqlite3')}` }
  return execFileSync(process.execPath, args, { cwd: example, env, encoding: 'utf8', timeout: 60_000 })
}

beforeAll(() => {
  const typescript = createRequire(join(example, 'package.json')).resolve('typescript/lib/tsc.js')
  node(typescript, '-p', '.')
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(join(example, 'dist'), { recursive: true, force: true })
})

test('what the sources enqueue, the compiled worker runs', () => {
  node('--import', 'tsx', 'src/enqueue.ts', 'Ada')
  expect(node(LATERGATOR, './dist/gator.js', '--burst')).toContain('invoice for Ada: 8.30, by .js')
})

test('what the compiled app enqueues, the worker of the sources runs', () => {
  node('dist/enqueue.js', 'Ben')
  expect(node('--import', 'tsx', LATERGATOR, './src/gator.ts', '--burst')).toContain(
    'invoice for Ben: 8.30, by .ts',
  )
})
