import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const example = join(__dirname, '..')
const LATERGATOR = join(example, 'node_modules/@alligator/cli/dist/esm/latergator.js')

const folder = mkdtempSync(join(tmpdir(), 'alligator-search-index-'))
const env = { ...process.env, INDEX: folder, ALLIGATOR_CONN: `sqlite://${join(folder, 'tasks.sqlite3')}` }

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: example, env, encoding: 'utf8', timeout: 60_000 })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('of ten thousand edits each document is indexed once, in its last state', () => {
  expect(node('edit.mjs')).toMatch(/^10000 edits of 100 documents were enqueued in .* s: 100 tasks\.$/m)
  // Once a hundred tasks are done, it ends.
  node(LATERGATOR, './gator.js', '--max-tasks', '100')
  const files = readdirSync(join(folder, 'index'))
  expect(files).toHaveLength(100)
  const found = files.map((file) => readFileSync(join(folder, 'index', file), 'utf8'))
  expect(new Set(found)).toEqual(new Set(['{"words":["edit","number","100"],"times":1}']))
}, 120_000)
