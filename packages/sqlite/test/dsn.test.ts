import { readdirSync } from 'node:fs'
import { TemporaryFolder } from '@alligator/testbed'
import { SqliteClient } from '../src/index.js'
import { parseDsn } from '../src/dsn.js'

const message = (dsn: string) => {
  try {
    parseDsn(dsn)
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
  throw new Error(`${dsn} was accepted`)
}

test.each([
  ['sqlite:///var/lib/app/tasks.db', '/var/lib/app/tasks.db'],
  ['sqlite://tasks.db', 'tasks.db'],
  ['sqlite://data/tasks.db', 'data/tasks.db'],
  ['sqlite://../tasks.db', '../tasks.db'],
  ['sqlite://:memory:', ':memory:'],
  ['SQLITE:///tmp/a%20b%3F%25%C5%BC#1.db', '/tmp/a b?%ż#1.db'],
])('%s names %s', (dsn, path) => {
  expect(parseDsn(dsn)).toEqual({ path, synchronous: 'normal', busyTimeout: 10 })
})

test('settings are read', () => {
  const settings = parseDsn('sqlite:///a.db?synchronous=full&busy_timeout=500ms')
  expect(settings).toEqual({ path: '/a.db', synchronous: 'full', busyTimeout: 0.5 })
})

test.each([
  ['sqlite://', 'names no file'],
  ['sqlite:tasks.db', 'names no file'],
  ['redis://tasks.db', 'names no file'],
  ['sqlite:///a%2.db', 'two hex digits'],
  ['sqlite:///a%00.db', 'NUL'],
  ['sqlite:///a.db?mode=ro', 'mode is no setting'],
  ['sqlite:///a.db?synchronous=sometimes', 'synchronous cannot be "sometimes"'],
  ['sqlite:///a.db?synchronous=off;DROP TABLE alligator_tasks', 'synchronous cannot be'],
  ['sqlite:///a.db?busy_timeout=1s;DROP TABLE alligator_tasks', 'needs a unit'],
  ['sqlite:///a.db?busy_timeout=5000', 'needs a unit'],
  ['sqlite:///a.db?busy_timeout=', 'needs a unit'],
])('%s is refused: it %s', (dsn, why) => {
  expect(message(dsn)).toMatch(/^INVALID_DSN/)
  expect(message(dsn)).toContain(why)
  expect(message(dsn)).toContain('sqlite://tasks.db')
})

test.each([
  "'; DROP TABLE alligator_tasks; --",
  'file:other.db?mode=memory',
  'a?mode=memory&cache=shared',
  '%00 \r\n"`$(touch b)',
])('a path is the name of a file and nothing else: %j', async (name) => {
  using folder = new TemporaryFolder('dsn')
  const client = new SqliteClient(`sqlite://${folder.path}/${encodeURIComponent(name)}`)
  await client.push('all', 'one', 'data')
  expect(readdirSync(folder.path).filter((file) => !/-(?:wal|shm)$/.test(file))).toEqual([name])
  expect(await client.pop('all')).toBe('data')
  await client.close()
})
