import { format, inspect } from 'node:util'
import { Client, Gator, InvalidDsnError, StoreUnavailableError, Worker, redactDsn } from '../src/index.js'

const DSN = 'any://app:S3CR3Tpw@127.0.0.1:1/0?timeout=100ms'

/** A backend of somebody's own, which keeps its DSN in a place of its own too. */
class OwnClient extends Client {
  override readonly renewal = { module: '/renewer.js', data: { dsn: DSN } }
  len = () => 0
  dropAll = () => undefined
  push = (_queue: string, taskId: string) => taskId
  pop = () => undefined
  get = () => undefined
}

/** One that keeps state. */
class StateClient extends OwnClient {
  override readonly state = { now: () => 0, get: () => undefined, put: () => true, delete: () => false }
}

const gator = new Gator(new OwnClient(DSN), {
  secret: 'S3CR3Tpw-that-has-32-characters-and-more',
  state: new StateClient(DSN),
})
const worker = new Worker(gator)
const options = gator.options({ retries: 1 })

test.each([
  ['a client', gator.backend],
  ['a gator', gator],
  ['a worker', worker],
  ['options', options],
  ["a logger's facts", { gator, worker, options, backend: [gator.backend] }],
])('whoever prints %s does not print the password of its store', (_, value) => {
  const shown = [
    inspect(value, { depth: 9, showHidden: true }),
    format('%o %O %j', value, value, value),
    JSON.stringify(value),
  ]
  for (const text of shown) expect(text).not.toContain('S3CR3T')
  expect(inspect(gator)).toContain("OwnClient { dsn: 'any://***@127.0.0.1:1/0?timeout=100ms' }")
})

test.each([
  ['redis://app:geheim', 'redis://***'],
  ['redis://app:ge/heim', 'redis://***'],
  ['redis://127.0.0.1/0?pw=geheim', 'redis://127.0.0.1/0?pw=***'],
  ['redis://127.0.0.1/0?geheim', 'redis://127.0.0.1/0?***'],
  ['redis://app:12345/0?geh&eim=1', 'redis://app:12345/0?***&eim=***'],
  ['app:geheim', '***'],
  ['geheim@host', '***@host'],
  ['redis://one:1,two:2/0?sentinel=main&prefix=a', 'redis://one:1,two:2/0?sentinel=main&prefix=a'],
  ['redis://one:1,two:geheim/0', 'redis://***'],
  ['redis://[::1]:6379/0?cluster', 'redis://[::1]:6379/0?cluster'],
  ['sqlite://:memory:', 'sqlite://:memory:'],
  ['sqlite:///var/app/tasks.db?busy_timeout=5s', 'sqlite:///var/app/tasks.db?busy_timeout=5s'],
  ['localhost:6379', 'localhost:6379'],
])('what may be half of a password is not shown: %s is shown as %s', (dsn, shown) => {
  expect(redactDsn(dsn)).toBe(shown)
  expect(new InvalidDsnError(dsn, 'x', 'y').message).not.toMatch(/geheim|heim|geh/)
})

test('what a server quotes of what it was sent is told without the password', () => {
  const why = "ERR unknown command 'AUTH', with args beginning with: 'ge%heim'"
  const { message } = new StoreUnavailableError('redis://app:ge%25heim@host', why, 'Start it.')
  expect(message).toContain("beginning with: '***'")
})
